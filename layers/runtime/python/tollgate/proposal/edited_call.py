"""A call that an approver edited runs on a person's yes to that edit alone, never because no rule minds it any more.

What a person set needs no other source, so the rules of screening may all consent to it. Whether that person's word was
enough is decided here.
"""

from tollgate.approvals.request import quorum_for
from tollgate.models.call import Call, CallState
from tollgate.models.verdict import Reason, Ruling
from tollgate.proposal.facts import Facts
from tollgate.screening.formats import decimal

RULE = "edited_call"


def ruled(facts: Facts, call: Call | None, ruling: Ruling) -> Ruling:
    """The ruling, which asks where the edit still needs a yes, and says why."""
    message = _open_question(facts, call) if call and _is_edited(call) and ruling.verdict != "refuse" else None
    if message is None:
        return ruling
    reasons = [Reason(rule=RULE, message=message), *ruling.reasons]
    return ruling.model_copy(update={"verdict": "ask", "reasons": reasons, "rules": ruling.rules | {RULE: "ask"}})


def _is_edited(call: Call) -> bool:
    return call.state == CallState.EDITED or call.edited_by is not None


def _open_question(facts: Facts, call: Call) -> str | None:
    """Why a person has to look again; None where the one who edited was enough, or others have agreed since."""
    if not facts.is_current(call):
        return f"an approver edited this call under another policy or manifest of {call.tool}, so it is asked anew"
    if call.state == CallState.EDITED:
        return _quorum(facts, call)
    if call.state in (CallState.CLEARED, CallState.APPROVED, CallState.STARTED):
        return None
    return "an approver edited this call, and nobody has said yes to what they made of it"


def _quorum(facts: Facts, call: Call) -> str | None:
    """An edit that needs a quorum asks from the start: nobody has agreed to what it made."""
    people = quorum_for(facts.agent, facts.tools[call.tool].manifest, call.arguments)
    if people < 2:
        return None
    bounds = _bounds(facts, call.tool, people)
    return f"an approver edited this call, which made it a new one: {people} people must agree to it{bounds}"


def _bounds(facts: Facts, tool: str, people: int) -> str:
    """Those of the rule that wants so many people, where it can only be that one."""
    approvals = facts.agent.approvals
    wanting = [rule for rule in approvals.rules if rule.tool == tool and rule.quorum == people]
    if approvals.quorum == people or len(wanting) != 1:
        return ""
    above = [f"{name} above {decimal.canonical(bound)}" for name, bound in wanting[0].above.items()]
    return f" (for {' and '.join(above)})" if above else ""
