"""What is said about one call of a turn: by the turn itself, by people, and by every rule."""

from datetime import UTC, datetime
from typing import Any

from tollgate.conversation import UNFINISHED
from tollgate.models.call import Call, CallState
from tollgate.models.message import ToolUseBlock
from tollgate.models.verdict import Reason, Ruling
from tollgate.proposal import edited_call
from tollgate.proposal.facts import REJECTED, Facts
from tollgate.replay import ruled
from tollgate.screening.case import Case, Count, Opinion, Proposed, Standing
from tollgate.screening.case import Decided as Decision
from tollgate.screening.engine import explained, judged
from tollgate.screening.text import quoted

_DECISIONS: dict[CallState, Decision] = {CallState.APPROVED: "approved", CallState.EDITED: "edited"}


def turned_down(facts: Facts, index: int, use: ToolUseBlock) -> Ruling | None:
    """Refusals that come from the turn, not from the call."""
    if facts.turn.response.stop_reason == "max_tokens":
        return _refuse("cut_off", "the turn was cut off at max_output_tokens, so none of its calls runs; call again")
    if use.tool_use_id in [other.tool_use_id for other in facts.turn.response.tool_uses[:index]]:
        return _refuse("duplicate_id", f"the toolUseId {quoted(use.tool_use_id)} was used twice in this turn")
    return None


def closed(call: Call) -> Ruling:
    """What the model reads about a call that a person refused or nobody decided."""
    if call.state == CallState.EXPIRED:
        again = " again" if call.attempts else ""
        return _refuse(
            "approval_expired", f"nobody approved {call.tool} in time; it was not run{again}. Do not ask again."
        )
    reason = f": {call.decision_reason}" if call.decision_reason else ""
    return _refuse(REJECTED, f"{call.decided_by} refused {call.tool}{reason}. Do not propose it again.")


def judge(
    facts: Facts,
    use: ToolUseBlock,
    current: Call | None,
    position: int,
    *,
    approvals_asked: int,
    count: Count | None = None,
    external: tuple[tuple[str, Opinion], ...] = (),
) -> Ruling:
    """The verdict of all rules on the call as it would run, and of the external checks that were heard about it.

    A person's edit outlives the screening that first took it in, and a person's yes holds only under the policy and
    manifest that the card showed: under another one that was another question. What an edit set satisfies the rules
    of origin, so whether the edit still waits for a yes is asked apart (`edited_call`).
    """
    word = _word_on(current) if current else None
    arguments = current.arguments if current else use.arguments
    was_edited = current is not None and (word == "edited" or bool(current.edited_by))
    standing = Standing(
        untrusted=facts.execution.untrusted or facts.execution.replay is not None,
        refused=facts.refused,
        approvals_asked=approvals_asked,
        now=datetime.fromtimestamp(facts.now, UTC),
        decided=word if current and facts.is_current(current) else None,
        edited_from=_proposed(use.arguments) if was_edited else None,
        position=position,
        repetition=facts.repetition.of(use.name, use.arguments),
        count=count,
        external=external,
    )
    proposed = Proposed(name=use.name, arguments=arguments, malformed=use.malformed)
    case = Case(facts.agent, facts.deployed, facts.request, facts.evidence, proposed, standing)
    ruling = explained(case, edited_call.ruled(facts, current, judged(case)))
    entry = facts.tools.get(use.name)
    ruling = ruled(facts.execution, entry.manifest if entry else None, ruling)
    return _unfinished(ruling) if ruling.verdict == "run" and _is_half_done(facts, current) else ruling


def _is_half_done(facts: Facts, current: Call | None) -> bool:
    return current is not None and current.state == CallState.STARTED and facts.asks_when_unfinished(current.tool)


def _unfinished(ruling: Ruling) -> Ruling:
    reason = Reason(
        rule=UNFINISHED,
        message="an earlier attempt was cut off and its effect may have happened; look before you approve",
    )
    return ruling.model_copy(update={"verdict": "ask", "reasons": [*ruling.reasons, reason]})


def _word_on(call: Call) -> Decision | None:
    """What a person said about the call; an edit still counts where a screening that was cut off took it in."""
    if call.state == CallState.CLEARED and call.edited_by:
        return "edited"
    return _DECISIONS.get(call.state)


def _proposed(arguments: Any) -> dict[str, Any]:
    """What the model proposed, for what a person's edit is held against."""
    return arguments if isinstance(arguments, dict) else {}


def _refuse(rule: str, message: str) -> Ruling:
    return Ruling(verdict="refuse", reasons=[Reason(rule=rule, message=message)], message_to_model=message)
