"""Every sink group is vouched for by one instruction, or by one record of a trusted lookup; else a person is asked.

What a document says may well be true. It just does not get to decide where money or data goes.
"""

import re
import string
import unicodedata

from tollgate.models.tool import Tool
from tollgate.screening import person_edit
from tollgate.screening.case import RUN, Case, Opinion, ask
from tollgate.screening.formats import decimal
from tollgate.screening.place import place, places
from tollgate.screening.sinks import Value
from tollgate.screening.text import INVISIBLE

RULE = "origin"
_PLAIN = frozenset(string.ascii_letters + string.digits + "@._-/:+#")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def decide(case: Case) -> Opinion:
    """Asks for an effect with a sink group that no single source vouches for, but for what an approver set in it."""
    tool = case.effect
    if tool is None:
        return RUN
    open_groups = [group for group in case.groups if not _is_vouched(case, group)]
    if not open_groups:
        return RUN
    return ask(
        RULE,
        f"{tool.name}: {_told(case, tool, open_groups)}",
        pointers=[value.pointer for group in open_groups for value in group],
    )


def _is_vouched(case: Case, group: list[Value]) -> bool:
    if any(_hides(value) or _imitates(value) or _is_ambiguous(value) for value in group):
        return False
    left = _left(case, group)
    return not left or case.evidence.source_of(left) is not None


def _left(case: Case, group: list[Value]) -> list[Value]:
    """What is not an approver's own."""
    return [value for value in group if not person_edit.is_approvers(case, value)]


def _hides(value: Value) -> bool:
    """Whether the tool would read characters that no person sees: what was typed is not what would run."""
    return bool(_hidden(value))


def _hidden(value: Value) -> list[str]:
    """The characters that nobody sees; a free text may have lines and tabs."""
    if not isinstance(value.raw, str) or (value.raw.isascii() and value.raw.isprintable()):
        return []
    kept = value.raw if value.kind != "text" else value.raw.replace("\n", " ").replace("\t", " ")
    return [*INVISIBLE.findall(kept), *_CONTROL.findall(kept)]


def _imitates(value: Value) -> bool:
    """Whether it is written in characters that only look plain: full width, the Kelvin sign, superscripts.

    Both compare alike, and what a tool makes of them nobody knows. In free text a trade mark or a fraction may stand.
    """
    if not isinstance(value.raw, str) or value.raw.isascii():
        return False
    if value.kind != "text":
        return unicodedata.normalize("NFKC", value.raw) != value.raw
    return bool(_imitating(value))


def _imitating(value: Value) -> list[str]:
    """The characters that stand for a plain one."""
    return [c for c in str(value.raw) if not c.isascii() and unicodedata.normalize("NFKC", c) in _PLAIN]


def _is_ambiguous(value: Value) -> bool:
    return value.kind == "decimal" and isinstance(value.raw, str) and decimal.is_ambiguous(value.raw)


def _told(case: Case, tool: Tool, groups: list[list[Value]]) -> str:
    """What is wrong and where, without the values: the card shows them beside their origins."""
    said: list[str] = []
    unnamed: list[Value] = []
    for group in groups:
        odd, left = _odd(tool, group), _left(case, group)
        alone = [] if odd else [value for value in left if case.evidence.source_of([value]) is None]
        unnamed += alone
        if odd or not alone:
            said.append(odd or f"no single source names {places(tool, left)} together")
    named = [f"neither the request nor a trusted lookup names {places(tool, unnamed)}"] if unnamed else []
    return "; ".join([*named, *said])


def _odd(tool: Tool, group: list[Value]) -> str | None:
    """What is wrong with how the first odd value is written."""
    for value in group:
        if _hides(value):
            return f"{place(tool, value)} holds characters that nobody sees{_codes(_hidden(value))}"
        if _imitates(value):
            return f"{place(tool, value)} is written in characters that only look plain{_codes(_imitating(value))}"
        if _is_ambiguous(value):
            return f"{place(tool, value)} can be read as thousands or as decimals"
    return None


def _codes(characters: list[str]) -> str:
    """The first of them, by number."""
    found = list(dict.fromkeys(f"U+{ord(character):04X}" for character in characters))
    return f" ({', '.join(found[:3])})" if found else ""
