"""ScreenProposal: the one place that decides about calls, before a gate and after it."""

import math
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from tollgate import cascade, incidents, retry_budget
from tollgate.conversation import Turn, turns
from tollgate.definitions.registry import Registry
from tollgate.limits import HISTORY_EVENTS, time_limit
from tollgate.models.call import Call, CallState
from tollgate.models.execution import Execution, LimitReason
from tollgate.models.message import ToolUseBlock
from tollgate.models.record import Record
from tollgate.models.verdict import CallVerdict, Ruling
from tollgate.proposal import external, ledger_entry, rate
from tollgate.proposal.decided import REFUSED, Decided
from tollgate.proposal.external import Candidate, External
from tollgate.proposal.facts import Facts, gather
from tollgate.proposal.judge import closed, judge, turned_down
from tollgate.repetition import Repetition
from tollgate.results import tell
from tollgate.screening.rules import approval_cap, loop, unknown_tool
from tollgate.store.journal import screening_key
from tollgate.store.stores import Stores

Verdict = Literal["run", "ask", "again", "answer", "limit"]

SIDE_BY_SIDE = 40
"""Iterations of an inline Map that run at once at the most."""

EVENTS_PER_TURN, EVENTS_PER_CALL, EVENTS_PER_GATE = 22, 12, 16
"""History events of a turn's tasks and choices, and of each call and gate with a retry included."""

_RUNNABLE = (CallState.CLEARED, CallState.APPROVED, CallState.STARTED)


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
        return _end(stores, execution, step, limit)
    if turn.response.stop_reason == "refusal":
        return _end(stores, execution, step, "model")
    if not turn.response.tool_uses:
        return _route(execution, step, "answer")
    repetition = Repetition(history, step, resumed)
    facts = gather(registry, execution, records, history, turn, repetition, now=stores.clock.now())
    return _Screening(stores, facts, records, environment=registry.prefix).route()


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


def _end(stores: Stores, execution: Execution, step: int, limit: LimitReason | None) -> dict[str, Any]:
    """To WindDown, with the limit on record if one was met."""
    if limit:
        stores.executions.stopping(execution.execution_id, limit)
    return _route(execution, step, "limit")


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


class _Screening:
    """One pass over the calls of one turn: decides, writes the ledger, journals, and says where to go."""

    def __init__(self, stores: Stores, facts: Facts, records: list[Record], *, environment: str) -> None:
        self._stores, self._facts, self._environment = stores, facts, environment
        self._execution, self._step = facts.execution, facts.turn.step
        earlier = [record.body for record in records if record.kind == "screening" and record.step == self._step]
        self._number = len(earlier)
        self._records = records
        self._external = External({}, ())
        self._counted = {call["fingerprint"] for body in earlier for call in body["calls"] if call["state"] == "ASKED"}
        self._fresh_asks = 0

    def route(self) -> dict[str, Any]:
        """Screens every call that has no result yet."""
        uses = enumerate(self._facts.turn.response.tool_uses)
        waiting = [(index, use) for index, use in uses if f"c{index}" not in self._facts.turn.results]
        self._external = external.heard(self._stores, self._facts, self._records, self._candidates(waiting))
        decided = [self._decide(index, use) for index, use in waiting]
        limit = self._limit_met(decided)
        if limit:
            return _end(self._stores, self._execution, self._step, limit)
        asks = [entry.call for entry in decided if entry.call and entry.state == CallState.ASKED]
        runs = [entry for entry in decided if entry.state in _RUNNABLE]
        verdict: Verdict = "ask" if asks else "run" if runs else "again"
        self._count(decided)  # before the record: once it is there, its questions count as counted
        self._journal(decided, verdict)
        self._tell_refused(decided)
        if asks:
            self._stores.executions.pause_clock(self._stores.executions.get(self._execution.execution_id))
            return _route(self._execution, self._step, "ask", asks=map(self._ask, asks))
        effects = any(self._facts.tools[entry.use.name].manifest.is_effect for entry in runs)
        calls = [entry.running(self._facts.tools) for entry in runs]
        return _route(self._execution, self._step, verdict, concurrency=1 if effects else SIDE_BY_SIDE, calls=calls)

    def _limit_met(self, decided: list[Decided]) -> LimitReason | None:
        """What ends the execution here: a question too many, or a call that was refused as going round before."""
        if any(approval_cap.RULE in entry.rules for entry in decided):
            return "approvals"
        looping = [entry.use for entry in decided if loop.RULE in entry.rules]
        ends = any(self._facts.repetition.of(use.name, use.arguments) == "stop" for use in looping)
        return "loop" if ends else None

    def _candidates(self, waiting: list[tuple[int, ToolUseBlock]]) -> Iterator[Candidate]:
        """The calls about which external checks are asked: open ones that our own rules do not refuse."""
        for index, use in waiting:
            current = self._current(f"c{index}", use)
            if turned_down(self._facts, index, use) or (current and self._is_settled(current)):
                continue
            verdict = self._own_verdict(use, current, index, f"c{index}")
            arguments = current.arguments if current else use.arguments
            if verdict != "refuse":
                yield Candidate(f"c{index}", use.name, arguments)
            fallback = self._facts.tools[use.name].manifest.fallback if verdict == "run" else None
            if fallback in self._facts.tools:
                other = use.model_copy(update={"name": fallback, "arguments": arguments})
                if self._own_verdict(other, None, index, f"c{index}f") == "run":
                    yield Candidate(f"c{index}f", str(fallback), arguments)

    def _own_verdict(self, use: ToolUseBlock, current: Call | None, index: int, call_id: str) -> CallVerdict:
        """What our own rules say, without taking a place in the tool's rate."""
        asked = self._execution.approvals_asked + self._fresh_asks
        rated = rate.rated(self._facts, use.name, call_id)
        count = rate.known(self._stores.call_rates, self._facts, rated, current) if rated else None
        return judge(self._facts, use, current, index, approvals_asked=asked, count=count).verdict

    def _is_settled(self, current: Call) -> bool:
        """Whether the call is over, or waits for a person under the policy of now."""
        return current.is_over or (current.state == CallState.ASKED and self._facts.is_current(current))

    def _decide(self, index: int, use: ToolUseBlock) -> Decided:
        call_id, refusal = f"c{index}", turned_down(self._facts, index, use)
        if refusal:
            return Decided(call_id, use, refusal, None)
        current = self._current(call_id, use)
        if current and current.is_over:
            if current.state in (CallState.REJECTED, CallState.EXPIRED):
                return Decided(call_id, use, closed(current), None, half_done=self._is_half_done(current))
            return Decided(call_id, use, Ruling(verdict="run"), current)
        if current and current.state == CallState.ASKED and self._facts.is_current(current):
            self._note_ask(current)
            return Decided(call_id, use, Ruling(verdict="ask", reasons=current.reasons), current)
        ruling = self._judge(use, current, index, call_id)
        if ruling.verdict == "refuse":
            return Decided(call_id, use, ruling, None, half_done=self._is_half_done(current))
        call = ledger_entry.enter(self._stores.calls, self._facts, call_id, use, ruling, current)
        self._note_ask(call)
        return Decided(call_id, use, ruling, call, self._fallback(call, index))

    def _is_half_done(self, current: Call | None) -> bool:
        """Whether an effect was started before and has no result: refusing it now does not undo it."""
        return bool(current and current.attempts and self._facts.tools[current.tool].manifest.is_effect)

    def _current(self, call_id: str, use: ToolUseBlock) -> Call | None:
        """The call's item, its question expired if its time is over."""
        if use.name not in self._facts.tools:
            return None
        current = self._stores.calls.get(use.name, self._execution.execution_id, self._step, call_id)
        waiting = current is not None and current.state in (CallState.ASKED, CallState.APPROVED)
        if current and waiting and self._facts.now >= current.expires_at:
            return self._stores.calls.expire(current)
        if current and current.revoked and self._facts.now >= current.expires_at:
            return current.model_copy(update={"revoked": False})  # a stop closed it, and now its time is over too
        return current

    def _judge(self, use: ToolUseBlock, current: Call | None, index: int, call_id: str) -> Ruling:
        """The ruling of all rules. A call that may run takes its place in its tool's rate first, or does not run."""
        asked = self._execution.approvals_asked + self._fresh_asks
        said = self._external.of(call_id)
        rated = rate.rated(self._facts, use.name, call_id)
        if rated is None:
            return judge(self._facts, use, current, index, approvals_asked=asked, external=said)
        rates = self._stores.call_rates
        count = rate.known(rates, self._facts, rated, current)
        ruling = judge(self._facts, use, current, index, approvals_asked=asked, count=count, external=said)
        if ruling.verdict != "run" or (count and count.held):
            return ruling
        count = rate.taken(rates, self._facts, rated)
        return judge(self._facts, use, current, index, approvals_asked=asked, count=count, external=said)

    def _note_ask(self, call: Call) -> None:
        """Counts a question that no earlier screening has counted."""
        self._fresh_asks += call.state == CallState.ASKED and call.fingerprint not in self._counted

    def _fallback(self, call: Call, index: int) -> str | None:
        """The fallback, screened and cleared under its own manifest; None where it may not run."""
        name = self._facts.tools[call.tool].manifest.fallback
        if name is None or name not in self._facts.tools or call.state not in (CallState.CLEARED, CallState.APPROVED):
            return None
        proposed = self._facts.turn.response.tool_uses[index]
        use = proposed.model_copy(update={"name": name, "arguments": call.arguments})
        if self._judge(use, None, index, f"{call.call_id}f").verdict != "run":
            return None
        ledger_entry.enter_fallback(self._stores.calls, self._facts, call, name)
        return name

    def _ask(self, call: Call) -> dict[str, Any]:
        first_wait = min(self._facts.agent.approvals.timeout_seconds, call.expires_at - self._facts.now)
        return {"id": call.call_id, "wait_seconds": max(1, math.ceil(first_wait))}

    def _journal(self, decided: list[Decided], verdict: Verdict) -> None:
        body = {"number": self._number, "verdict": verdict, "calls": [entry.record() for entry in decided]}
        execution_id, key = self._execution.execution_id, screening_key(self._step, self._number)
        if self._stores.journal.add(execution_id, key, "screening", body, step=self._step):
            incidents.tell(
                body,
                execution_id=execution_id,
                step=self._step,
                agent=self._facts.agent.name,
                environment=self._environment,
            )

    def _tell_refused(self, decided: list[Decided]) -> None:
        execution_id = self._execution.execution_id
        for entry in decided:
            if entry.state == REFUSED:
                tell(self._stores, execution_id, self._step, entry.call_id, entry.use.name, entry.refusal(), ran=None)

    def _count(self, decided: list[Decided]) -> None:
        """A tool that does not exist counts as one that failed; a turn's refusals are final in its first screening."""
        unknown = 0 if self._number else sum(unknown_tool.RULE in entry.rules for entry in decided)
        gates = sum(entry.state == CallState.ASKED for entry in decided)
        events = EVENTS_PER_TURN + EVENTS_PER_CALL * len(decided) + EVENTS_PER_GATE * gates
        self._stores.executions.count(
            self._execution.execution_id,
            once=f"{self._step:06d}#1#{self._number:03d}",
            approvals=self._fresh_asks,
            tool_failures=unknown,
            history_events=events,
        )
