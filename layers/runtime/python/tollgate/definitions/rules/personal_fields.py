"""Personal fields are pointers; whether a document has such a part is known only when it runs."""

from collections.abc import Iterator

from tollgate.definitions import pointer as pointers
from tollgate.definitions.load import AgentFile
from tollgate.definitions.problem import Problem


def problems(agent: AgentFile) -> Iterator[Problem]:
    """Everything that is no JSON Pointer below the root."""
    for index, pointer in enumerate(agent.definition.personal_fields):
        try:
            parts = pointers.split(pointer)
        except ValueError:
            message, advice = f"`{pointer}` is not a JSON Pointer", f"`/{pointer.replace('.', '/')}`"
        else:
            message, advice = "an empty pointer would redact everything", "`/buyer/contact`"
            if parts:
                continue
        yield agent.source.problem(f"/personal_fields/{index}", message, advice)
