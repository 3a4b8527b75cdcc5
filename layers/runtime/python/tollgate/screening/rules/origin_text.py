"""What leaves the account names no link, address or account of unknown origin: inside free text they are sinks too."""

from tollgate.screening import identifiers
from tollgate.screening.case import RUN, Case, Opinion, ask
from tollgate.screening.sinks import Value
from tollgate.screening.text import shown

RULE = "origin_text"


def decide(case: Case) -> Opinion:
    """Asks for an external call whose text holds an identifier that nothing vouches for."""
    tool = case.effect
    if tool is None or tool.effect != "external":
        return RUN
    declared = {name for group in tool.sinks for name in group}
    free = [value for name, values in case.values.items() if name not in declared for value in values]
    unknown = [(value, found) for value in free for found in _unvouched(case, value)]
    if not unknown:
        return RUN
    listed = ", ".join(f"{found.kind} {shown(found.text, 60)!r} in {value.pointer}" for value, found in unknown[:5])
    return ask(
        RULE,
        f"{tool.name} would send out what neither the request nor a trusted lookup names: {listed}",
        pointers=sorted({value.pointer for value, _ in unknown}),
    )


def _unvouched(case: Case, value: Value) -> list[identifiers.Identifier]:
    found = [] if isinstance(value.raw, bool) else identifiers.find(str(value.raw))
    return [i for i in found if case.evidence.source_of([_sink(value, i)], "text") is None]


def _sink(value: Value, found: identifiers.Identifier) -> Value:
    return Value(value.pointer, value.argument, found.text, found.kind)
