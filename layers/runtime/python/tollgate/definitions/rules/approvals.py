"""Approvals can be decided: known forms of approvers, enough of them, rules for tools and arguments that exist."""

import re
from collections.abc import Iterator

from tollgate.definitions.load import AgentFile, Definitions
from tollgate.definitions.problem import Problem
from tollgate.definitions.rules.bounds import bound_problems
from tollgate.definitions.rules.tool_list import listed_instead

_APPROVER = re.compile(r"(user|role):\S.*|slack:[UW][A-Z0-9]+|slack_group:S[A-Z0-9]+")
_FORMS = "`user:<principal id>`, `role:<name>`, `slack:<U...>` or `slack_group:<S...>`"
_MANY = ("role:", "slack_group:")


def problems(agent: AgentFile, found: Definitions) -> Iterator[Problem]:
    """Every approver, quorum and rule that cannot work."""
    approvals = agent.definition.approvals
    yield from _approvers(agent, "/approvals/approvers", approvals.approvers)
    yield from _approvers(agent, "/approvals/escalate_to", approvals.escalate_to)
    yield from _quorum(agent, "/approvals/quorum", approvals.quorum, approvals.approvers)
    for index, rule in enumerate(approvals.rules):
        pointer = f"/approvals/rules/{index}"
        yield from _approvers(agent, f"{pointer}/approvers", rule.approvers or [])
        yield from _quorum(agent, f"{pointer}/quorum", rule.quorum, rule.approvers or approvals.approvers)
        if rule.tool not in agent.definition.tools:
            message = f"a rule for `{rule.tool}`, which this agent does not list"
            yield agent.source.problem(f"{pointer}/tool", message, listed_instead(rule.tool, agent))
        elif tool := found.tools.get(rule.tool):
            yield from bound_problems(agent, f"{pointer}/above", tool, rule.above)
    yield from _reminders(agent)
    if approvals.timeout_seconds > agent.definition.limits.deadline_seconds:
        message = "approvals stand longer than the execution's deadline"
        advice = f"at most {agent.definition.limits.deadline_seconds}, the `deadline_seconds` above"
        yield agent.source.problem("/approvals/timeout_seconds", message, advice, "warning")


def _approvers(agent: AgentFile, pointer: str, approvers: list[str]) -> Iterator[Problem]:
    for index, approver in enumerate(approvers):
        if not _APPROVER.fullmatch(approver):
            yield agent.source.problem(f"{pointer}/{index}", f"`{approver}` names nobody", _FORMS)


def _quorum(agent: AgentFile, pointer: str, quorum: int, approvers: list[str]) -> Iterator[Problem]:
    """Only when every approver is one person can a quorum be too large for certain."""
    people = {approver for approver in approvers if not approver.startswith(_MANY)}
    if approvers and len(people) == len(set(approvers)) < quorum:
        message = f"{quorum} people must agree, but only {len(people)} may decide"
        yield agent.source.problem(pointer, message, f"at most {len(people)}, or more approvers")


def _reminders(agent: AgentFile) -> Iterator[Problem]:
    """A reminder after the end of the question would never come."""
    approvals = agent.definition.approvals
    stands = approvals.timeout_seconds * (2 if approvals.escalate_to else 1)
    for index, seconds in enumerate(approvals.remind_after_seconds):
        if seconds >= stands:
            message = f"a reminder after {seconds} seconds, when the question stands for {stands}"
            yield agent.source.problem(f"/approvals/remind_after_seconds/{index}", message, f"less than {stands}")
