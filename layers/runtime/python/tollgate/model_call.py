"""One model call of one step: reserved, made, journalled, settled, in this order, by the agent's model or its fallback.

A call that failed is settled before the fallback is asked; the fallback reserves for itself.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from tollgate import repetition
from tollgate.budget.amount import Amount
from tollgate.budget.estimate import estimate_input_tokens
from tollgate.budget.leases import own
from tollgate.budget.prices import cost_microusd, worst_case_microusd
from tollgate.budget.reservation import Refusal, reserve, settle
from tollgate.budget.summary_reserve import kept_back
from tollgate.conversation import messages, system_prompt, tool_choices, turns
from tollgate.definitions.registry import ModelTarget, Registry
from tollgate.errors import ModelFailedError, ModelThrottledError
from tollgate.limits import remaining_seconds
from tollgate.memory.recall import recall
from tollgate.memory.shown import shown
from tollgate.model.select import model_for
from tollgate.models.execution import Execution
from tollgate.models.message import ModelRequest, ModelResponse
from tollgate.models.record import Record
from tollgate.offered import offered
from tollgate.store.journal import model_key
from tollgate.store.stores import Stores

THROTTLE_ATTEMPTS = 5
"""The state machine's MaxAttempts for `ModelThrottledError`; after the last one the limit `model` is met."""

HINT_WAITS, HINT_SECONDS = 2, 60.0
"""A provider's "come back in n seconds" is waited for in the task this often and this long; then the machine's turn."""

MARGIN_SECONDS = 15.0
"""Between the end of a call and the end of its function."""


@dataclass(frozen=True)
class Task:
    """What the function has left, and how it waits."""

    attempt: int
    seconds: float
    sleep: Callable[[float], None] = time.sleep


def ask(
    stores: Stores, registry: Registry, execution: Execution, step: int, records: list[Record], task: Task
) -> Refusal | None:
    """None when the step's response is journalled; else the limit that forbade or ended the call.

    `records` are the journal's. A model that failed in this step and run is not asked again.
    Raises `ModelThrottledError` for the state machine to retry; nothing is reserved then.
    """
    model = registry.agent(execution.agent).definition.model
    targets = [registry.models[alias] for alias in (model.alias, model.fallback) if alias]
    started = time.monotonic()
    for index, target in enumerate(targets):
        left = Task(task.attempt, task.seconds - (time.monotonic() - started), task.sleep)
        call = _Call(stores, registry, execution, step, index, target, records, left)
        if call.has_failed:
            continue
        ended = call.run(last=index == len(targets) - 1)
        if ended is None or ended.limit != "model":
            return ended
        execution = stores.executions.get(execution.execution_id)
    return Refusal("model")


@dataclass(frozen=True)
class _Call:
    stores: Stores
    registry: Registry
    execution: Execution
    step: int
    index: int
    target: ModelTarget
    records: list[Record]
    task: Task

    @property
    def has_failed(self) -> bool:
        """Whether an earlier attempt of this very call failed: it may have been billed, so it is not made again."""
        return any(record.record == self._failure_key for record in self.records)

    @property
    def _failure_key(self) -> str:
        return f"{self.step:06d}#11#failure#{self.execution.redrives:03d}#{self.index}"

    def run(self, *, last: bool) -> Refusal | None:
        request, held = self._priced()
        reservation = f"r{uuid.uuid4().hex}"
        kept = kept_back(self.execution.limits, self.target.price)
        holding = reserve(self.stores, self.execution, reservation, held, step=self.step, keep=kept)
        if isinstance(holding, Refusal):
            return holding
        try:
            started = time.monotonic()
            response = self._converse(request)
        except ModelThrottledError as error:
            self._settle(reservation, Amount(), holding)
            if last and self.task.attempt < THROTTLE_ATTEMPTS:
                raise
            self._journal_absence(error)
            return Refusal("model")
        except ModelFailedError as error:
            self._journal_failure(reservation, held, error)  # first: once it is there, nobody asks again
            self._settle(reservation, None, holding)
            return Refusal("model")
        response = response.model_copy(update={"latency_ms": round((time.monotonic() - started) * 1000)})
        bill = self._journal(request, response, reservation, held)
        self._settle(reservation, bill, holding, entering=self.step)
        return None

    def _priced(self) -> tuple[ModelRequest, Amount]:
        """The request and its worst case; it says so when no other call like it can follow."""
        final = self.step == self.execution.limits.steps
        request = self._request(final)
        held = self._worst(request)
        kept = kept_back(self.execution.limits, self.target.price)
        if not final and not own(self.execution).covers(held.times(2) + kept):
            request = self._request(True)
            held = self._worst(request)
        return request, held

    def _worst(self, request: ModelRequest) -> Amount:
        input_tokens = estimate_input_tokens(request)
        microusd = worst_case_microusd(input_tokens, request.max_output_tokens, self.target.price)
        return Amount(input_tokens + request.max_output_tokens, microusd)

    def _converse(self, request: ModelRequest) -> ModelResponse:
        """The response; where the provider says when to come back and there is time, it is asked again then."""
        model = model_for(self.target)
        end = time.monotonic() + min(self.task.seconds - MARGIN_SECONDS, self._left())
        waits, waited = 0, 0.0
        while True:
            try:
                return model.converse(request)
            except ModelThrottledError as error:
                hint = error.retry_after_seconds
                if hint is None or waits == HINT_WAITS or waited + hint > HINT_SECONDS:
                    raise
                if time.monotonic() + hint + request.timeout_seconds > end:
                    raise  # the answer might not come in time, and a call that is cut off is paid for
                waits, waited = waits + 1, waited + hint
                self.task.sleep(hint)

    def _journal_failure(self, reservation: str, held: Amount, error: ModelFailedError) -> None:
        failure = {
            "error": "ModelFailedError",
            "message": str(error),
            "alias_model": self.target.model,
            "reservation": {"id": reservation, "tokens": held.tokens},
        }
        self.stores.journal.write(
            self.execution.execution_id, self._failure_key, "model_failure", failure, step=self.step
        )

    def _journal_absence(self, error: ModelThrottledError) -> None:
        """Why this model was given up: whoever reads the trace is not left with `no usable answer`. Bars no call."""
        key = f"{self.step:06d}#12#absence#{self.execution.redrives:03d}#{self.index}"
        body = {"error": "ModelThrottledError", "message": str(error), "alias_model": self.target.model}
        self.stores.journal.write(self.execution.execution_id, key, "model_failure", body, step=self.step)

    def _journal(self, request: ModelRequest, response: ModelResponse, reservation: str, held: Amount) -> Amount:
        """Its bill; a response without usage is billed at its reservation."""
        usage = response.usage
        bill = Amount(usage.total_tokens, cost_microusd(usage, self.target.price)) if usage.reported else held
        body = {
            "response": response.model_dump(mode="json"),
            "attempt": self.task.attempt,
            "request": {
                "alias_model": self.target.model,
                "provider": self.target.provider,
                "temperature": request.temperature,
                "max_output_tokens": request.max_output_tokens,
                "tools": [tool.name for tool in request.tools],
                "messages": len(request.messages),
            },
            "reservation": reservation,
            "bill": {"tokens": bill.tokens, "microusd": bill.microusd},
        }
        self.stores.journal.write(self.execution.execution_id, model_key(self.step), "model", body, step=self.step)
        return bill

    def _settle(
        self, reservation: str, spent: Amount | None, holding: Execution, *, entering: int | None = None
    ) -> None:
        settle(self.stores, self.execution.execution_id, reservation, spent, entering=entering, seen=holding)

    def _left(self) -> float:
        return remaining_seconds(self.execution, self.stores.clock.now())

    def _request(self, final: bool) -> ModelRequest:
        entry = self.registry.agent(self.execution.agent)
        agent, execution = entry.definition, self.execution
        history = turns(self.records)
        tools = [tool.manifest for tool in offered(self.registry, agent, history).values()]
        seconds = min(float(self.target.timeout_seconds), self._left(), self.task.seconds - MARGIN_SECONDS)
        return ModelRequest(
            agent=agent.name,
            execution_id=execution.execution_id,
            step=self.step,
            system=system_prompt(agent, entry.instructions),
            messages=messages(
                agent,
                tools,
                execution.input,
                history,
                recalled=shown(recall(self.stores, agent, execution, self.records)),
                last_step=final,
                notes=repetition.notes(history),
            ),
            tools=tool_choices(tools),
            temperature=agent.model.temperature,
            max_output_tokens=agent.model.max_output_tokens,
            timeout_seconds=max(1.0, seconds),
        )
