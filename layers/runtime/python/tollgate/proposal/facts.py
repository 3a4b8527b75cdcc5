"""All that one screening may know: the turn, what ran before it, who asked, and the definitions of now. Read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tollgate.admission.engine import request_of
from tollgate.conversation import Turn, artifacts
from tollgate.definitions.registry import Registry, ToolEntry
from tollgate.models.agent import Agent
from tollgate.models.call import Call
from tollgate.models.execution import Execution
from tollgate.models.record import Record
from tollgate.offered import offered, widened
from tollgate.redaction.of_records import Seen, seen_in
from tollgate.repetition import Repetition
from tollgate.screening.case import PastCall, Request
from tollgate.screening.evidence import Evidence
from tollgate.screening.sinks import refusal_key

REJECTED = "rejected_by_person"
"""The error under which the model reads that a person said no."""


@dataclass(frozen=True)
class Facts:
    """`tools` are what the agent was offered in this turn, `deployed` all that agents may list: only so is a foreign
    tool told from an invented name. `agent` lists what it was offered. `artifacts`: id -> object key.
    """

    execution: Execution
    agent: Agent
    tools: Mapping[str, ToolEntry]
    deployed: Mapping[str, ToolEntry]
    turn: Turn
    documents: Mapping[str, str]
    artifacts: Mapping[str, str]
    request: Request
    evidence: Evidence
    refused: frozenset[str]
    repetition: Repetition
    seen: Seen
    now: float

    def is_current(self, call: Call) -> bool:
        """Whether the call was screened under the policy and manifest of now."""
        entry = self.tools[call.tool]
        return call.policy_digest == entry.policy_digest and call.manifest_digest == entry.digest

    def asks_when_unfinished(self, tool: str) -> bool:
        """Whether a cut-off effect of this tool needs a person."""
        manifest = self.tools[tool].manifest
        return manifest.is_effect and manifest.retry_policy == "never"


def gather(
    registry: Registry,
    execution: Execution,
    records: list[Record],
    history: list[Turn],
    turn: Turn,
    repetition: Repetition,
    *,
    now: float,
) -> Facts:
    """The facts of a turn, from its execution's journal."""
    agent = registry.agent(execution.agent).definition
    before = [earlier for earlier in history if earlier.step < turn.step]
    tools = offered(registry, agent, before)
    evidence = evidence_of(tools, agent, execution, before)
    return Facts(
        execution=execution,
        agent=widened(agent, tools),
        tools=tools,
        deployed=registry.tools | tools,
        turn=turn,
        documents=_documents(records),
        artifacts=artifacts(before),
        request=evidence.request,
        evidence=evidence,
        refused=_refused_by_people(history, tools),
        repetition=repetition,
        seen=seen_in(records),
        now=now,
    )


def evidence_of(tools: Mapping[str, ToolEntry], agent: Agent, execution: Execution, before: list[Turn]) -> Evidence:
    """What the request and the calls of earlier turns may vouch for."""
    request = request_of(agent, execution.input, execution.principal)
    return Evidence(request, tools, _past_calls(before))


def _documents(records: list[Record]) -> dict[str, str]:
    """Document names -> object keys, as admission stored them."""
    return next((dict(record.body["documents"]) for record in records if record.kind == "admission"), {})


def _past_calls(before: list[Turn]) -> list[PastCall]:
    """The calls that ran, in order, with what they returned."""
    return [
        PastCall(
            tool=result["by"],
            arguments=result["arguments"],
            output=result["value"],
            edited=result["edited"],
            ok=result["ok"],
        )
        for turn in before
        for call_id in turn.call_ids
        if (result := turn.results.get(call_id)) and result["arguments"] is not None
    ]


def _refused_by_people(history: list[Turn], tools: Mapping[str, ToolEntry]) -> frozenset[str]:
    """The authority of every call that a person refused in this execution."""
    return frozenset(
        refusal_key(tools[use.name].manifest, use.arguments)
        for turn in history
        for call_id, use in zip(turn.call_ids, turn.response.tool_uses, strict=True)
        if _was_rejected(turn.results.get(call_id)) and use.name in tools and isinstance(use.arguments, dict)
    )


def _was_rejected(result: dict[str, Any] | None) -> bool:
    return result is not None and result["error"] == REJECTED
