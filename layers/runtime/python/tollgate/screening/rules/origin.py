"""Every sink group is vouched for by one instruction, or by one record of a trusted lookup; else a person is asked.

What a document says may well be true. It just does not get to decide where money or data goes.
"""

import re
import string
import unicodedata

from tollgate.screening.case import RUN, Case, Opinion, ask
from tollgate.screening.formats import decimal
from tollgate.screening.sinks import Value
from tollgate.screening.text import INVISIBLE, shown

RULE = "origin"
_PLAIN = frozenset(string.ascii_letters + string.digits + "@._-/:+#")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def decide(case: Case) -> Opinion:
    """Asks for an effect with a sink group that no single source vouches for."""
    tool = case.effect
    if tool is None:
        return RUN
    open_groups = [group for group in case.groups if not _is_vouched(case, group)]
    if not open_groups:
        return RUN
    told = "; ".join(_told(case, group) for group in open_groups)
    return ask(RULE, f"{tool.name}: {told}", pointers=[value.pointer for group in open_groups for value in group])


def _is_vouched(case: Case, group: list[Value]) -> bool:
    return not any(_hides(value) or _imitates(value) for value in group) and case.evidence.source_of(group) is not None


def _hides(value: Value) -> bool:
    """Whether the tool would read characters that no person sees: what was typed is not what would run."""
    if not isinstance(value.raw, str) or (value.raw.isascii() and value.raw.isprintable()):
        return False
    kept = value.raw if value.kind != "text" else value.raw.replace("\n", " ").replace("\t", " ")
    return INVISIBLE.search(kept) is not None or _CONTROL.search(kept) is not None


def _imitates(value: Value) -> bool:
    """Whether it is written in characters that only look like plain ones: full width, the Kelvin sign, superscripts.

    Both compare alike, and what a tool makes of them nobody knows. In free text a trade mark or a fraction may stand.
    """
    if not isinstance(value.raw, str) or value.raw.isascii():
        return False
    if value.kind != "text":
        return unicodedata.normalize("NFKC", value.raw) != value.raw
    return any(not c.isascii() and unicodedata.normalize("NFKC", c) in _PLAIN for c in value.raw)


def _told(case: Case, group: list[Value]) -> str:
    hiding = next((value for value in group if _hides(value)), None)
    if hiding is not None:
        return f"{hiding.pointer} holds characters that nobody sees: {shown(hiding.raw, 40)!a}"
    imitating = next((value for value in group if _imitates(value)), None)
    if imitating is not None:
        return f"{imitating.pointer} is written in characters that only look plain: {shown(imitating.raw, 40)!a}"
    ambiguous = [v for v in group if v.kind == "decimal" and isinstance(v.raw, str) and decimal.is_ambiguous(v.raw)]
    if ambiguous:
        return f"{ambiguous[0].pointer} {ambiguous[0].raw!r} may mean thousands or decimals"
    alone = [value for value in group if case.evidence.source_of([value]) is None]
    listed = ", ".join(f"{value.pointer} {shown(value.raw, 40)!r}" for value in alone or group)
    if alone:
        return f"neither the request nor a trusted lookup names {listed}"
    return f"no single source names {listed} together"
