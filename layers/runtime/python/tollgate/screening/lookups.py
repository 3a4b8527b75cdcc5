"""Whether what a lookup returned says anything of its own, and whether a short value means the same on both sides."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from tollgate.models.tool import ARTIFACT, DOCUMENT, Tool
from tollgate.screening import sinks
from tollgate.screening.case import PastCall
from tollgate.screening.records import Field
from tollgate.screening.sinks import Value
from tollgate.screening.text import squeezed
from tollgate.screening.words import GENERIC, words

SHORT = 4
_IDENTIFYING = frozenset({"id", "number", "no", "nr", "num", "code", "ref", "reference", "uuid"})


def is_derived(tool: Tool, arguments: Mapping[str, Any]) -> bool:
    """Whether the call was given a document or an artifact: its output is then that in other words."""
    return not set(arguments).isdisjoint([*tool.marked(DOCUMENT), *tool.marked(ARTIFACT)])


def fields_without_echoes(tool: Tool, call: PastCall, found: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields that do not merely repeat an argument which nobody vouched for.

    Only an effect can have such arguments: those that are no sinks. A lookup with one vouches for nothing at all.
    """
    if not (tool.is_effect and tool.sinks):
        return found
    said = set(_unvouched_words(tool, call.arguments))
    return tuple(held for held in found if not _is_echo(squeezed(str(held.value)), said))


def _unvouched_words(tool: Tool, arguments: Mapping[str, Any]) -> Iterator[str]:
    vouched = {name for group in tool.sinks for name in group}
    for name, value in arguments.items():
        if name not in vouched:
            for _, raw in sinks.scalars(value, ""):
                yield squeezed(str(raw))
                yield from map(squeezed, str(raw).split())


def _is_echo(value: str, said: set[str]) -> bool:
    return value in said or (len(value) >= SHORT and any(value in text for text in said))


def is_short(form: str) -> bool:
    """Whether a canonical form is a number or so short that equality may be chance."""
    _, _, bare = form.partition(":")
    return len(bare) < SHORT or bare.replace(".", "", 1).lstrip("-").isdigit()


def names_same_thing(value: Value, field: str) -> bool:
    """Whether a field of that name may vouch for a short or numeric value of this argument.

    An amount may come from any field that is no identifier; an identifier only from a field that is called like the
    argument or is an `id` too. Otherwise any amount of 7 would vouch for any id 7.
    """
    called, asked = _said(field), _said(value.argument)
    if value.kind == "decimal":
        return not called & _IDENTIFYING or bool((called & asked) - GENERIC)
    return not called or bool(called & asked) or bool(called & _IDENTIFYING and asked & _IDENTIFYING)


@lru_cache(maxsize=4096)
def _said(name: str) -> frozenset[str]:
    """The words of a name; none for the nameless."""
    return frozenset(words(name)) if name else frozenset()
