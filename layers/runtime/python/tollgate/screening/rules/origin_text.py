"""What leaves the account names no link, address or account of unknown origin: inside free text they are sinks too."""

from collections import Counter

from tollgate.screening import person_edit
from tollgate.screening.case import RUN, Case, Opinion, ask
from tollgate.screening.identifiers import Identifier
from tollgate.screening.place import listed, place

RULE = "origin_text"
_NAMES = {
    "url": ("a link", "links"),
    "email": ("an e-mail address", "e-mail addresses"),
    "iban": ("an IBAN", "IBANs"),
    "account": ("an account number", "account numbers"),
}


def decide(case: Case) -> Opinion:
    """Asks for an external call whose text holds an identifier that nothing vouches for."""
    tool = case.effect
    if tool is None or tool.effect != "external":
        return RUN
    declared = {name for group in tool.sinks for name in group}
    free = [value for name, values in case.values.items() if name not in declared for value in values]
    unknown = [(value, left) for value in free if (left := person_edit.unvouched_links(case, value))]
    if not unknown:
        return RUN
    told = listed(f"{_counted(left)} in {place(tool, value)}" for value, left in unknown)
    return ask(
        RULE,
        f"{tool.name} would send out what neither the request nor a trusted lookup names: {told}",
        pointers=sorted({value.pointer for value, _ in unknown}),
    )


def _counted(found: list[Identifier]) -> str:
    """Which kinds and how many, not what they say: that is the model's text."""
    kinds = Counter(one.kind for one in found)
    return listed(f"{n} {_NAMES[kind][1]}" if n > 1 else _NAMES[kind][0] for kind, n in kinds.items())
