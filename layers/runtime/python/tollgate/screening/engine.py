"""The verdict on one proposed call: every rule speaks, the strictest word counts, and a broken rule refuses.

Pure: no store, no network, no clock but the one that ends a rule which does not end. The state machine's task and the
dry run call the same function.
"""

import logging
from collections.abc import Callable, Mapping, Sequence

from tollgate.definitions.registry import ToolEntry
from tollgate.models.agent import Agent
from tollgate.models.verdict import CallVerdict, Reason, Ruling, strictest
from tollgate.screening import origins
from tollgate.screening.case import RUN, Case, Opinion, PastCall, Proposed, Request, Standing, refuse
from tollgate.screening.deadline import Deadline
from tollgate.screening.evidence import Evidence
from tollgate.screening.rules import (
    approval_cap,
    argument_schema,
    call_rate,
    calls_per_turn,
    default_gate,
    deny_cache,
    loop,
    malformed_call,
    origin,
    origin_text,
    origin_words,
    owner,
    spend_ceiling,
    time_window,
    tool_boundary,
    unknown_tool,
    untrusted_run,
    waiver,
)

Rule = Callable[[Case], Opinion]

RULES: Mapping[str, Rule] = {
    module.RULE: module.decide
    for module in (
        unknown_tool,
        tool_boundary,
        malformed_call,
        argument_schema,
        calls_per_turn,
        owner,
        deny_cache,
        loop,
        spend_ceiling,
        time_window,
        call_rate,
        default_gate,
        waiver,
        untrusted_run,
        origin,
        origin_text,
        origin_words,
    )
}
"""In reading order; no rule knows another, and no order changes a verdict."""

ON_ASKING: Mapping[str, Rule] = {approval_cap.RULE: approval_cap.decide}
"""Rules about asking itself, heard only when the others ask."""

_log = logging.getLogger(__name__)


def screen(
    agent: Agent,
    tools: Mapping[str, ToolEntry],
    request: Request,
    history: Sequence[PastCall] | Evidence,
    call: Proposed,
    standing: Standing,
) -> Ruling:
    """Never `run` unless every rule says so, or a person has approved what some rule asked about.

    `tools` is the registry's table or the agent's part of it. `history` is every call that ran before, in order, or
    the evidence that was collected from it. Never raises.
    """
    try:
        evidence = history if isinstance(history, Evidence) else Evidence(request, tools, history)
    except Exception as error:
        return _ruling([("evidence", _broken("evidence", error))], standing)
    return judged(Case(agent, tools, request, evidence, call, standing))


def judged(case: Case) -> Ruling:
    """The same for a case."""
    standing = case.standing
    with Deadline() as deadline:
        opinions = [(name, _heard(name, rule, case, deadline)) for name, rule in RULES.items()]
        opinions += [(name, _understood(name, said)) for name, said in standing.external]
        if _verdict(opinions) == "ask" and standing.decided is None:
            opinions += [(name, _heard(name, rule, case, deadline)) for name, rule in ON_ASKING.items()]
    return _ruling(opinions, standing)


def explained(case: Case, ruling: Ruling) -> Ruling:
    """The ruling with the origin of every argument where something asks: for the card, and no part of the deciding.

    Without them a person still sees the arguments, so a failure here stops nothing.
    """
    if case.effect is None or "ask" not in ruling.rules.values():
        return ruling
    try:
        return ruling.model_copy(update={"origins": origins.of_call(case)})
    except Exception as error:
        _log.error("origins failed", extra={"error": type(error).__name__})
        return ruling


def _heard(name: str, rule: Rule, case: Case, deadline: Deadline) -> Opinion:
    """The rule's opinion; a refusal where it raises, does not end, or says nothing that can be understood.

    Whatever it raises: a rule that ends the process would take the calls behind it along. Only a person's Ctrl-C does.
    """
    try:
        deadline.watching = True
        said: object = rule(case)
        deadline.watching = False
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        deadline.watching = False
        return _broken(name, error)
    return _understood(name, said)


def _understood(name: str, said: object) -> Opinion:
    """The opinion, if it is one."""
    if said is RUN or (isinstance(said, Opinion) and _is_whole(said)):
        return said
    return _broken(name, TypeError(f"answered {type(said).__name__}"))


def _is_whole(said: Opinion) -> bool:
    """Whether the opinion is one: a verdict that exists, with a reason unless it is consent."""
    return said.verdict == "run" or (said.verdict in ("ask", "refuse") and isinstance(said.reason, Reason))


def _broken(name: str, error: BaseException) -> Opinion:
    """Fails closed. The error's text stays out of the ruling: it may quote arguments."""
    _log.error("screening rule failed", extra={"rule": name, "error": type(error).__name__})
    return refuse(
        name,
        f"the check {name} failed ({type(error).__name__}), and a check that fails refuses",
        "This call could not be checked, so it was not run. Go on without it.",
        failed=True,
    )


def _verdict(opinions: Sequence[tuple[str, Opinion]]) -> CallVerdict:
    return strictest({opinion.verdict for _, opinion in opinions})


def _ruling(opinions: Sequence[tuple[str, Opinion]], standing: Standing) -> Ruling:
    verdict = _verdict(opinions)
    if verdict == "ask" and standing.decided is not None:
        verdict = "run"
    reasons = [opinion.reason for _, opinion in opinions if opinion.reason is not None and opinion.verdict != "run"]
    told = [opinion.to_model for _, opinion in opinions if opinion.verdict == "refuse" and opinion.to_model]
    return Ruling(
        verdict=verdict,
        reasons=reasons,
        message_to_model="\n".join(dict.fromkeys(told)) or None,
        rules={name: opinion.verdict for name, opinion in opinions},
    )
