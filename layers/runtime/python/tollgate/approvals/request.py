"""From a call that asks to the question that a person reads. Pure: the same call asks the same question."""

import json
import re
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from tollgate.approvals.visible import one_line
from tollgate.canonical import digest
from tollgate.definitions.registry import ToolEntry
from tollgate.models.agent import Agent, ApprovalRule
from tollgate.models.approval import Approval
from tollgate.models.call import Call
from tollgate.models.execution import Execution
from tollgate.models.tool import Tool

VALUE_CHARACTERS = 120
_PLACE = re.compile(r"\{([^{}]+)\}")


def build_approval(*, execution: Execution, agent: Agent, tool: ToolEntry, call: Call, now: float) -> Approval:
    """The question about one call, with its rights, its expiry and all that its card shows."""
    manifest = tool.manifest
    return Approval(
        approval_id=approval_id(call),
        execution_id=call.execution_id,
        agent=agent.name,
        tenant=execution.tenant,
        requester=execution.principal.id,
        tool=call.tool,
        step=call.step,
        call_id=call.call_id,
        effect=manifest.effect,
        summary=summary(manifest.summary, call.tool, call.arguments, manifest.input_schema.get("properties", {})),
        arguments=call.arguments,
        argument_schema=manifest.input_schema,
        origins=call.origins,
        reasons=call.reasons,
        sinks=[name for group in manifest.sinks for name in group],
        cost=cost(execution),
        fingerprint=call.fingerprint,
        approvers=approvers_for(agent, manifest, call.arguments),
        quorum=quorum_for(agent, manifest, call.arguments),
        requester_may_approve=agent.approvals.requester_may_approve,
        remind_at=[now + seconds for seconds in agent.approvals.remind_after_seconds],
        personal=call.personal.declared,
        created_at=now,
        expires_at=call.expires_at,
    )


def approval_id(call: Call) -> str:
    """`apr-` and 32 hex characters: the same call in the same round is the same question, over every retry."""
    key = [call.execution_id, call.step, call.call_id, call.round, call.fingerprint]
    return f"apr-{digest(key).removeprefix('sha256:')[:32]}"


def quorum_for(agent: Agent, tool: Tool, arguments: Any) -> int:
    """How many people must agree: the most that the agent or any rule that holds for the call asks for."""
    return max([agent.approvals.quorum, *(rule.quorum for rule in _rules(agent, tool, arguments))])


def approvers_for(agent: Agent, tool: Tool, arguments: Any) -> list[str]:
    """Who may decide: the agent's approvers, or those that the rules that hold for the call name.

    Of approvers named by several rules only those count whom all of them name; where there is nobody like that, the
    last rule in the file decides, so write rules from the least to the most demanding.
    """
    named = [rule.approvers for rule in _rules(agent, tool, arguments) if rule.approvers]
    if not named:
        return agent.approvals.approvers
    return [approver for approver in named[-1] if all(approver in others for others in named)] or named[-1]


def summary(template: str | None, tool: str, arguments: dict[str, Any], known: Collection[str] = ()) -> str:
    """The manifest's line with the arguments it names; nothing else of the model's gets into it.

    Without a line of its own it names the arguments that the manifest knows. A name can be the model's own text.
    """
    if template is not None:
        return _PLACE.sub(lambda place: _shown(arguments, place[1]), template)
    names = sorted(name for name in arguments if name in known)
    own = len(arguments) - len(names)
    others = [f"{own} argument{'s' if own > 1 else ''} that its manifest does not name"] if own else []
    told = [", ".join(names)] if names else []
    return f"Run {tool} with {' and '.join([*told, *others]) or 'no arguments'}"


def cost(execution: Execution) -> str:
    """What the execution has spent of its limits."""
    spend, limits = execution.spend, execution.limits
    return (
        f"{spend.tokens:,} of {limits.tokens:,} tokens · "
        f"{spend.usd:.2f} of {limits.usd:.2f} USD · step {execution.step} of {limits.steps}"
    )


def _shown(arguments: dict[str, Any], name: str) -> str:
    if name not in arguments:
        return f"(no {name})"
    value = arguments[name]
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), VALUE_CHARACTERS)


def _rules(agent: Agent, tool: Tool, arguments: Any) -> list[ApprovalRule]:
    """The agent's rules that hold for this call. An argument that is no number counts as above (fail closed)."""
    given = arguments if isinstance(arguments, dict) else {}
    return [
        rule
        for rule in agent.approvals.rules
        if rule.tool == tool.name and all(_is_above(given.get(name), bound) for name, bound in rule.above.items())
    ]


def _is_above(value: Any, bound: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return True
    try:
        return not Decimal(str(value).strip()) <= Decimal(str(bound))
    except InvalidOperation:  # not a number, or NaN, which is neither above nor below
        return True
