"""Every sink group is vouched for by one instruction, or by one record of a trusted lookup; else a person is asked.

What a document says may well be true. It just does not get to decide where money or data goes.
"""

from tollgate.screening.case import RUN, Case, Opinion, ask
from tollgate.screening.formats import decimal
from tollgate.screening.sinks import Value
from tollgate.screening.text import INVISIBLE, shown

RULE = "origin"


def decide(case: Case) -> Opinion:
    """Asks for an effect with a sink group that no single source vouches for."""
    tool = case.effect
    if tool is None:
        return RUN
    open_groups = [g for g in case.groups if any(map(_hides, g)) or case.evidence.source_of(g) is None]
    if not open_groups:
        return RUN
    told = "; ".join(_told(case, group) for group in open_groups)
    return ask(RULE, f"{tool.name}: {told}", pointers=[value.pointer for group in open_groups for value in group])


def _hides(value: Value) -> bool:
    """Whether the tool would read characters that no person sees: what was typed is not what would run."""
    return isinstance(value.raw, str) and not value.raw.isascii() and INVISIBLE.search(value.raw) is not None


def _told(case: Case, group: list[Value]) -> str:
    hiding = next((value for value in group if _hides(value)), None)
    if hiding is not None:
        return f"{hiding.pointer} holds characters that nobody sees: {shown(hiding.raw, 40)!a}"
    ambiguous = [v for v in group if v.kind == "decimal" and isinstance(v.raw, str) and decimal.is_ambiguous(v.raw)]
    if ambiguous:
        return f"{ambiguous[0].pointer} {ambiguous[0].raw!r} may mean thousands or decimals"
    alone = [value for value in group if case.evidence.source_of([value]) is None]
    listed = ", ".join(f"{value.pointer} {shown(value.raw, 40)!r}" for value in alone or group)
    if alone:
        return f"neither the request nor a trusted lookup names {listed}"
    return f"no single source names {listed} together"
