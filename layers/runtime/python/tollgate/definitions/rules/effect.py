"""What the declared effect allows the rest of the manifest to say."""

from collections.abc import Iterator

from tollgate.definitions import pointer as pointers
from tollgate.definitions.load import ToolFile
from tollgate.definitions.problem import Problem


def problems(tool: ToolFile) -> Iterator[Problem]:
    """An effect is never unasked by its manifest, never vouches, and should name what carries authority."""
    manifest, source = tool.manifest, tool.source
    if manifest.is_effect and manifest.approval == "never":
        message = f"`approval: never` on a tool whose effect is {manifest.effect}"
        yield source.problem("/approval", message, "`always`, or `auto` with a waiver in the agent's file")
    if manifest.is_effect and manifest.trusted_output:
        message = f"an effect's output vouches for nothing, and the effect here is {manifest.effect}"
        yield source.problem("/trusted_output", message, "`trusted_output` in the manifest of a read")
    if manifest.is_effect and not manifest.sinks:
        message = "an effect without `sinks`: no argument's origin is looked at"
        yield source.problem("/sinks", message, "`sinks: [[...]]` with the arguments that carry authority", "warning")
    if manifest.is_effect and manifest.on_retry == "idempotent":
        message = "`on_retry: idempotent` lets a half-done effect run again"
        yield source.problem("/on_retry", message, "`keyed` or `verify`, unless a repeat changes nothing", "warning")
    yield from _pointers(tool)


def _pointers(tool: ToolFile) -> Iterator[Problem]:
    for index, pointer in enumerate(tool.manifest.trusted_output):
        try:
            pointers.split(pointer)
        except ValueError:
            message = f"`{pointer}` is not a JSON Pointer"
            yield tool.source.problem(f"/trusted_output/{index}", message, f"`/{pointer.replace('.', '/')}`")
