"""ScreenProposal: the one place that decides about calls, before a gate and after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from tollgate import cascade, incidents, retry_budget
from tollgate.admission.engine import request_of
from tollgate.approvals.request import quorum_for
from tollgate.canonical import fingerprint
from tollgate.conversation import Turn, turns
from tollgate.definitions.registry import Registry, ToolEntry
from tollgate.limits import HISTORY_EVENTS, time_limit
from tollgate.models.agent import Agent
from tollgate.models.call import Call, CallResult, CallState
from tollgate.models.execution import Execution, LimitReason
from tollgate.models.message import ToolUseBlock
from tollgate.models.record import Record
from tollgate.models.verdict import Reason, Ruling
from tollgate.repetition import Repetition
from tollgate.replay import ruled
from tollgate.results import tell
from tollgate.screening.case import Decided as Decision
from tollgate.screening.case import PastCall, Proposed, Standing
from tollgate.screening.engine import screen
from tollgate.screening.evidence import Evidence
from tollgate.screening.rules import approval_cap, loop
from tollgate.screening.sinks import refusal_key
from tollgate.store.journal import screening_key
from tollgate.store.stores import Stores

Verdict = Literal["run", "ask", "again", "answer", "limit"]

REJECTED = "rejected_by_person"
_DECISIONS: dict[CallState, Decision] = {CallState.APPROVED: "approved", CallState.EDITED: "edited"}

SIDE_BY_SIDE = 40
"""Iterations of an inline Map that run at once at the most."""

EVENTS_PER_TURN, EVENTS_PER_CALL, EVENTS_PER_GATE = 22, 12, 16
"""History events of a turn's tasks and choices, and of each call and gate with a retry included."""


@dataclass(frozen=True)
class Decided:
    """One call after screening: its item, if it has one, and what was said about it."""

    call_id: str
    use: ToolUseBlock
    ruling: Ruling
    call: Call | None
    fallback: str | None = None

    @property
    def rules(self) -> set[str]:
        return {reason.rule for reason in self.ruling.reasons}

    @property
    def state(self) -> str:
        return str(self.call.state) if self.call else "REFUSED"


def run(stores: Stores, registry: Registry, event: dict[str, Any]) -> dict[str, Any]:
    """Returns `{execution, step, verdict, concurrency, calls, asks}` as the state machine's Route reads it."""
    execution = stores.executions.opened(event["execution"], int(event.get("redrives", 0)))
    step = int(event["step"])
    if execution.active_since is None:
        stores.executions.resume_clock(execution.execution_id)
    records = list(stores.journal.of_execution(execution.execution_id))
    history = turns(records)
    turn = next((turn for turn in history if turn.step == step), None)
    resumed = {record.step for record in records if record.kind == "wind_down"}
    limit = _limit(stores, execution, turn)
    if limit is None and turn is not None and turn.response.tool_uses:
        limit = _failing(records, history, step, resumed)
    if limit or turn is None or execution.stop_requested:
        if limit:
            stores.executions.stopping(execution.execution_id, limit)
        return _route(execution, step, "limit")
    if turn.response.stop_reason == "refusal":
        stores.executions.stopping(execution.execution_id, "model")
        return _route(execution, step, "limit")
    if not turn.response.tool_uses:
        return _route(execution, step, "answer")
    repetition = Repetition(history, step, resumed)
    return _Screening(stores, registry, execution, history, turn, _documents(records), repetition).route()


def _failing(records: list[Record], history: list[Turn], step: int, resumed: set[int]) -> LimitReason | None:
    """The limits that only tools can meet; an answer is not kept from anybody because tools failed."""
    if retry_budget.is_spent(records, step, resumed):
        return "retries"
    return "cascade" if cascade.chain(history, step, resumed) else None


def _limit(stores: Stores, execution: Execution, turn: Turn | None) -> LimitReason | None:
    if execution.stopping or turn is None:
        return execution.stopping
    if execution.history_events >= HISTORY_EVENTS:
        return "history"
    return time_limit(execution, stores.clock.now())


def _route(
    execution: Execution,
    step: int,
    verdict: Verdict,
    *,
    concurrency: int = 1,
    calls: Iterable[dict[str, Any]] = (),
    asks: Iterable[dict[str, Any]] = (),
) -> dict[str, Any]:
    return {
        "execution": execution.execution_id,
        "step": step,
        "verdict": verdict,
        "concurrency": concurrency,
        "calls": list(calls),
        "asks": list(asks),
    }


def _documents(records: list[Record]) -> dict[str, str]:
    """Document names -> object keys, as admission stored them."""
    return next((dict(record.body["documents"]) for record in records if record.kind == "admission"), {})


class _Screening:
    """One pass over the calls of one turn. Decides, writes the ledger, journals, and says where to go."""

    def __init__(
        self,
        stores: Stores,
        registry: Registry,
        execution: Execution,
        history: list[Turn],
        turn: Turn,
        documents: dict[str, str],
        repetition: Repetition,
    ) -> None:
        self._stores = stores
        self._repetition = repetition
        self._execution = execution
        self._turn = turn
        self._documents = documents
        self._agent: Agent = registry.agent(execution.agent).definition
        self._tools = registry.tools_of(self._agent)
        self._deployed, self._environment = registry.tools, registry.prefix
        self._now = stores.clock.now()
        request = request_of(self._agent, execution.input, execution.principal)
        self._evidence = Evidence(request, self._tools, _past_calls(history, turn.step))
        self._request = request
        self._refused = self._refused_by_people(history)
        self._fresh_asks = 0
        earlier = [
            record.body
            for record in stores.journal.of_step(execution.execution_id, turn.step)
            if record.kind == "screening"
        ]
        self._number = len(earlier)
        self._counted = {call["fingerprint"] for body in earlier for call in body["calls"] if call["state"] == "ASKED"}

    def route(self) -> dict[str, Any]:
        """Screens every call that has no result yet."""
        decided = [
            self._decide(index, use)
            for index, use in enumerate(self._turn.response.tool_uses)
            if f"c{index}" not in self._turn.results
        ]
        asks = [entry for entry in decided if entry.state == CallState.ASKED]
        limit = self._limit_met(decided)
        if limit:
            self._stores.executions.stopping(self._execution.execution_id, limit)
            return _route(self._execution, self._turn.step, "limit")
        runs = [entry for entry in decided if entry.state in (CallState.CLEARED, CallState.APPROVED, CallState.STARTED)]
        verdict: Verdict = "ask" if asks else "run" if runs else "again"
        self._count(decided)  # before the record: once it is there, its questions count as counted
        self._journal(decided, verdict)
        self._tell_refused(decided)
        if asks:
            self._stores.executions.pause_clock(self._stores.executions.get(self._execution.execution_id))
            return _route(self._execution, self._turn.step, "ask", asks=[self._ask(entry) for entry in asks])
        effects = any(self._tools[entry.use.name].manifest.is_effect for entry in runs)
        return _route(
            self._execution,
            self._turn.step,
            verdict,
            concurrency=1 if effects else SIDE_BY_SIDE,
            calls=[self._run(entry) for entry in runs],
        )

    def _limit_met(self, decided: list[Decided]) -> LimitReason | None:
        """What ends the execution here: a question too many, or a call that was refused as going round before."""
        if any(approval_cap.RULE in entry.rules for entry in decided):
            return "approvals"
        looping = [entry for entry in decided if loop.RULE in entry.rules]
        ends = any(self._repetition.of(entry.use.name, entry.use.arguments) == "stop" for entry in looping)
        return "loop" if ends else None

    def _decide(self, index: int, use: ToolUseBlock) -> Decided:
        call_id = f"c{index}"
        excess = self._excess(index, use)
        if excess:
            return Decided(call_id, use, excess, None)
        current = (
            self._stores.calls.get(use.name, self._execution.execution_id, self._turn.step, call_id)
            if use.name in self._tools
            else None
        )
        waiting = current and current.state in (CallState.ASKED, CallState.APPROVED)
        if current and waiting and self._now >= current.expires_at:
            current = self._stores.calls.expire(current)
        if current and current.is_over and current.state in (CallState.REJECTED, CallState.EXPIRED):
            return Decided(call_id, use, _refusal(current), None)
        if current and current.is_over:
            return Decided(call_id, use, Ruling(verdict="run"), current)
        if current and current.state == CallState.ASKED and self._is_current(current):
            self._note_ask(current)
            return Decided(call_id, use, Ruling(verdict="ask", reasons=current.reasons), current)
        ruling = self._rule(use, current, index)
        if ruling.verdict == "refuse":
            return Decided(call_id, use, ruling, None)
        call = self._ledger(call_id, use, ruling, current)
        self._note_ask(call)
        return Decided(call_id, use, ruling, call, self._fallback(call, index))

    def _note_ask(self, call: Call) -> None:
        """Counts a question that no earlier screening has counted."""
        self._fresh_asks += call.state == CallState.ASKED and call.fingerprint not in self._counted

    def _excess(self, index: int, use: ToolUseBlock) -> Ruling | None:
        """Refusals that come from the turn, not from the call."""
        if self._turn.response.stop_reason == "max_tokens":
            return _refuse(
                "cut_off", "the turn was cut off at max_output_tokens, so none of its calls runs; call again"
            )
        earlier = [other.tool_use_id for other in self._turn.response.tool_uses[:index]]
        if use.tool_use_id in earlier:
            return _refuse("duplicate_id", f"the toolUseId {use.tool_use_id!r} was used twice in this turn")
        return None

    def _rule(self, use: ToolUseBlock, current: Call | None, position: int) -> Ruling:
        word = _word_on(current) if current else None
        # The yes was to what the card said. Under another policy or manifest that was another question.
        decided = word if current and self._is_current(current) else None
        # What is judged is what will run: a person's edit outlives the screening that first took it in.
        arguments = current.arguments if current else use.arguments
        standing = Standing(
            untrusted=self._execution.untrusted or self._execution.replay is not None,
            refused=self._refused,
            approvals_asked=self._execution.approvals_asked + self._fresh_asks,
            today=datetime.fromtimestamp(self._now, UTC).date(),
            decided=decided,
            edited=_changed(use.arguments, arguments)
            if current and (word == "edited" or current.edited_by)
            else frozenset(),
            position=position,
            repetition=self._repetition.of(use.name, use.arguments),
        )
        proposed = Proposed(name=use.name, arguments=arguments, malformed=use.malformed)
        # All that is deployed: only so can a rule tell a tool outside the agent's from a name that nobody has.
        ruling = screen(self._agent, self._deployed, self._request, self._evidence, proposed, standing)
        entry = self._tools.get(use.name)
        ruling = ruled(self._execution, entry.manifest if entry else None, ruling)
        unfinished = current and current.state == CallState.STARTED and self._asks_when_unfinished(current.tool)
        if unfinished and ruling.verdict == "run":
            reason = Reason(
                rule="unfinished_effect",
                message="an earlier attempt was cut off and its effect may have happened; look before you approve",
            )
            return ruling.model_copy(update={"verdict": "ask", "reasons": [*ruling.reasons, reason]})
        return ruling

    def _asks_when_unfinished(self, tool: str) -> bool:
        manifest = self._tools[tool].manifest
        return manifest.is_effect and manifest.retry_policy == "never"

    def _ledger(self, call_id: str, use: ToolUseBlock, ruling: Ruling, current: Call | None) -> Call:
        """The call's item after this verdict: kept where nothing changed, else a new round with a new fingerprint."""
        entry = self._tools[use.name]
        if current and self._stands(current, ruling):
            return current
        edited = current is not None and current.state == CallState.EDITED
        arguments = current.arguments if current else use.arguments
        quorum = quorum_for(self._agent, entry.manifest, arguments)
        asks = ruling.verdict == "ask" or (edited and quorum > 1)
        round_number = current.round + 1 if current else 0
        expires_at = int(self._now + self._approval_seconds()) if asks else 0
        call = Call(
            execution_id=self._execution.execution_id,
            step=self._turn.step,
            call_id=call_id,
            tool=use.name,
            tool_use_id=use.tool_use_id,
            state=CallState.ASKED if asks else CallState.CLEARED,
            arguments=arguments,
            fingerprint=self._fingerprint(entry, call_id, round_number, arguments, expires_at),
            policy_digest=entry.policy_digest,
            manifest_digest=entry.digest,
            expires_at=expires_at,
            round=round_number,
            principal=self._execution.principal,
            documents=self._documents,
            reasons=ruling.reasons,
            origins=ruling.origins,
            edited_by=current.decided_by if current and edited else (current.edited_by if current else None),
            attempts=current.attempts if current else 0,
        )
        return self._stores.calls.screened(call)

    def _stands(self, current: Call, ruling: Ruling) -> bool:
        """Whether the item already says what this screening says, under the policy of now."""
        if not self._is_current(current):
            return False
        if current.state == CallState.APPROVED:
            return ruling.verdict == "run"
        if current.state == CallState.STARTED:
            return not self._asks_when_unfinished(current.tool)
        wanted = CallState.ASKED if ruling.verdict == "ask" else CallState.CLEARED
        return current.state == wanted

    def _is_current(self, call: Call) -> bool:
        """Whether the call was screened under the policy and manifest of now."""
        entry = self._tools[call.tool]
        return call.policy_digest == entry.policy_digest and call.manifest_digest == entry.digest

    def _fallback(self, call: Call, index: int) -> str | None:
        """Clears the fallback under its own manifest, or leaves it out."""
        name = self._tools[call.tool].manifest.fallback
        if name is None or name not in self._tools or call.state not in (CallState.CLEARED, CallState.APPROVED):
            return None
        entry, call_id = self._tools[name], f"{call.call_id}f"
        use = self._turn.response.tool_uses[index].model_copy(update={"name": name, "arguments": call.arguments})
        if self._rule(use, None, index).verdict != "run":
            return None
        current = self._stores.calls.get(name, call.execution_id, call.step, call_id)
        stale = current and current.state == CallState.CLEARED and not self._is_current(current)
        if current is None or stale:
            round_number = current.round + 1 if current else 0
            self._stores.calls.screened(
                call.model_copy(
                    update={
                        "call_id": call_id,
                        "tool": name,
                        "state": CallState.CLEARED,
                        "fingerprint": self._fingerprint(entry, call_id, round_number, call.arguments, 0),
                        "policy_digest": entry.policy_digest,
                        "manifest_digest": entry.digest,
                        "expires_at": 0,
                        "round": round_number,
                        "attempts": 0,
                        "fallback_for": call.call_id,
                        "approval_id": None,
                    }
                )
            )
        return name

    def _fingerprint(self, entry: ToolEntry, call_id: str, number: int, arguments: Any, expires_at: int) -> str:
        return fingerprint(
            tool=entry.manifest.name,
            manifest_digest=entry.digest,
            tenant=self._execution.tenant,
            execution_id=self._execution.execution_id,
            call_key=f"{self._turn.step:06d}#{call_id}#{number}",
            arguments=arguments,
            expires_at=expires_at,
        )

    def _approval_seconds(self) -> float:
        """How long the question may stand: with an escalation twice the time, never past the deadline."""
        approvals = self._agent.approvals
        stands = approvals.timeout_seconds * (2 if approvals.escalate_to else 1)
        return max(1.0, min(float(stands), self._execution.deadline_at - self._now))

    def _refused_by_people(self, history: list[Turn]) -> frozenset[str]:
        """The authority of every call that a person refused in this execution."""
        return frozenset(
            refusal_key(self._tools[use.name].manifest, use.arguments)
            for turn in history
            for call_id, use in zip(turn.call_ids, turn.response.tool_uses, strict=True)
            if turn.results.get(call_id, {}).get("error") == REJECTED and isinstance(use.arguments, dict)
        )

    def _ask(self, entry: Decided) -> dict[str, Any]:
        assert entry.call is not None  # only calls with an item are asked about
        first_wait = min(self._agent.approvals.timeout_seconds, entry.call.expires_at - self._now)
        return {"id": entry.call_id, "wait_seconds": max(1, int(first_wait))}

    def _run(self, entry: Decided) -> dict[str, Any]:
        tool = self._tools[entry.use.name]
        running: dict[str, Any] = {
            "id": entry.call_id,
            "function": tool.function_name,
            "timeout_seconds": tool.manifest.task_timeout_seconds,
            "effect": tool.manifest.effect,
        }
        if entry.fallback:
            fallback = self._tools[entry.fallback]
            running["fallback"] = {
                "id": f"{entry.call_id}f",
                "function": fallback.function_name,
                "timeout_seconds": fallback.manifest.task_timeout_seconds,
            }
        return running

    def _journal(self, decided: list[Decided], verdict: Verdict) -> None:
        body = {
            "number": self._number,
            "verdict": verdict,
            "calls": [
                {
                    "call_id": entry.call_id,
                    "tool": entry.use.name,
                    "arguments": entry.call.arguments if entry.call else entry.use.arguments,
                    "verdict": entry.ruling.verdict,
                    "rules": entry.ruling.rules,
                    "reasons": [reason.model_dump() for reason in entry.ruling.reasons],
                    "origins": entry.ruling.origins,
                    "state": entry.state,
                    "fallback": entry.fallback,
                    "fingerprint": entry.call.fingerprint if entry.call else None,
                }
                for entry in decided
            ],
        }
        key = screening_key(self._turn.step, self._number)
        execution_id, step = self._execution.execution_id, self._turn.step
        if self._stores.journal.add(execution_id, key, "screening", body, step=step):
            incidents.tell(
                body, execution_id=execution_id, step=step, agent=self._agent.name, environment=self._environment
            )

    def _tell_refused(self, decided: list[Decided]) -> None:
        for entry in decided:
            if entry.state != "REFUSED":
                continue
            ruling = entry.ruling
            result = CallResult(
                ok=False,
                error=ruling.reasons[0].rule if ruling.reasons else "refused",
                message=ruling.message_to_model or "; ".join(reason.message for reason in ruling.reasons),
                attempts=0,
                started=False,
            )
            tell(
                self._stores,
                self._execution.execution_id,
                self._turn.step,
                entry.call_id,
                entry.use.name,
                result,
                ran=None,
            )

    def _count(self, decided: list[Decided]) -> None:
        gates = sum(entry.state == CallState.ASKED for entry in decided)
        events = EVENTS_PER_TURN + EVENTS_PER_CALL * len(decided) + EVENTS_PER_GATE * gates
        self._stores.executions.count(
            self._execution.execution_id,
            once=f"{self._turn.step:06d}#1#{self._number:03d}",
            approvals=self._fresh_asks,
            history_events=events,
        )


def _word_on(call: Call) -> Decision | None:
    """What a person said about the call; an edit still counts where a screening that was cut off took it in."""
    if call.state == CallState.CLEARED and call.edited_by:
        return "edited"
    return _DECISIONS.get(call.state)


def _past_calls(history: list[Turn], step: int) -> list[PastCall]:
    """The calls that ran before this step, in order, with what they returned."""
    return [
        PastCall(
            tool=result["by"],
            arguments=result["arguments"],
            output=result["value"],
            edited=result["edited"],
            ok=result["ok"],
        )
        for turn in history
        if turn.step < step
        for call_id in turn.call_ids
        if (result := turn.results.get(call_id)) and result["arguments"] is not None
    ]


def _changed(proposed: Any, decided: dict[str, Any]) -> frozenset[str]:
    """JSON Pointers of the arguments that a person changed."""
    before = proposed if isinstance(proposed, dict) else {}
    return frozenset(f"/{name}" for name, value in decided.items() if name not in before or before[name] != value)


def _refuse(rule: str, message: str) -> Ruling:
    return Ruling(verdict="refuse", reasons=[Reason(rule=rule, message=message)], message_to_model=message)


def _refusal(call: Call) -> Ruling:
    """What the model reads about a call that a person refused or nobody decided."""
    if call.state == CallState.EXPIRED:
        return _refuse("approval_expired", f"nobody approved {call.tool} in time; it was not run. Do not ask again.")
    reason = f": {call.decision_reason}" if call.decision_reason else ""
    return _refuse(REJECTED, f"{call.decided_by} refused {call.tool}{reason}. Do not propose it again.")
