"""Rule `answer_link`: an answer leads nobody to a host that no trusted source named.

A link is how text leaves: it is followed, or loaded as an image, and its address carries what stands in it.
"""

from collections.abc import Iterator

from tollgate.answer.case import AnswerCase, Objection
from tollgate.answer.links import linked_hosts, named_hosts
from tollgate.answer.strings import strings

RULE = "answer_link"


def object_to(case: AnswerCase) -> Iterator[Objection]:
    """One objection for each place; none where the agent allows links."""
    if case.agent.answer.links == "allow":
        return
    trusted: set[str] | None = None
    for written in strings(case.answer):
        linked = linked_hosts(written.text)
        if linked and trusted is None:
            trusted = _trusted(case)
        if linked - (trusted or set()):
            yield Objection(RULE, written.at, "a link to a host that no trusted source named")


def _trusted(case: AnswerCase) -> set[str]:
    listed = {host.removeprefix("www.") for host in case.agent.answer.hosts}
    return listed.union(*map(named_hosts, case.trusted_texts))
