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
from tollgate.budget.prices import cost_microusd, worst_case_microusd
from tollgate.budget.reservation import Refusal, reserve, settle
from tollgate.conversation import messages, system_prompt, tool_choices, turns
from tollgate.definitions.registry import ModelTarget, Registry
from tollgate.errors import ModelFailedError, ModelThrottledError
from tollgate.limits import remaining_seconds
from tollgate.model.select import model_for
from tollgate.models.execution import Execution
from tollgate.models.message import ModelRequest, ModelResponse
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


def ask(stores: Stores, registry: Registry, execution: Execution, step: int, task: Task) -> Refusal | None:
    """None when the step's response is journalled; else the limit that forbade or ended the call.

    Raises `ModelThrottledError` for the state machine to retry; nothing is reserved then.
    """
    model = registry.agent(execution.agent).definition.model
    targets = [registry.models[alias] for alias in (model.alias, model.fallback) if alias]
    started = time.monotonic()
    refusal: Refusal | None = None
    for index, target in enumerate(targets):
        left = Task(task.attempt, task.seconds - (time.monotonic() - started), task.sleep)
        refusal = _Call(stores, registry, execution, step, target, left).run(last=index == len(targets) - 1)
        if refusal is None or refusal.limit != "model":
            return refusal
        execution = stores.executions.get(execution.execution_id)
    return refusal


@dataclass(frozen=True)
class _Call:
    stores: Stores
    registry: Registry
    execution: Execution
    step: int
    target: ModelTarget
    task: Task

    def run(self, *, last: bool) -> Refusal | None:
        request = self._request()
        reservation = f"r{uuid.uuid4().hex}"
        tokens = estimate_input_tokens(request) + request.max_output_tokens
        worst = worst_case_microusd(tokens - request.max_output_tokens, request.max_output_tokens, self.target.price)
        held = Amount(tokens, worst)
        refusal = reserve(self.stores, self.execution, reservation, held, step=self.step)
        if refusal:
            return refusal
        try:
            started = time.monotonic()
            response = self._converse(request)
        except ModelThrottledError:
            self._settle(reservation, Amount())
            if last and self.task.attempt < THROTTLE_ATTEMPTS:
                raise
            return Refusal("model")
        except ModelFailedError as error:
            self._settle(reservation, None)
            self._journal_failure(reservation, held, error)
            return Refusal("model")
        response = response.model_copy(update={"latency_ms": round((time.monotonic() - started) * 1000)})
        self._journal_and_settle(request, response, reservation, held)
        return None

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
            "reservation": {"tokens": held.tokens},
        }
        key = f"{self.step:06d}#11#failure#{reservation}"
        self.stores.journal.write(self.execution.execution_id, key, "model_failure", failure, step=self.step)

    def _journal_and_settle(
        self, request: ModelRequest, response: ModelResponse, reservation: str, held: Amount
    ) -> None:
        """A response without usage settles at its reservation."""
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
        self._settle(reservation, bill)

    def _settle(self, reservation: str, spent: Amount | None) -> None:
        settle(self.stores, self.execution.execution_id, reservation, spent)

    def _left(self) -> float:
        return remaining_seconds(self.execution, self.stores.clock.now())

    def _request(self) -> ModelRequest:
        entry = self.registry.agent(self.execution.agent)
        agent, execution = entry.definition, self.execution
        history = turns(self.stores.journal.of_execution(execution.execution_id))
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
                last_step=self.step == execution.limits.steps,
                notes=repetition.notes(history),
            ),
            tools=tool_choices(tools),
            temperature=agent.model.temperature,
            max_output_tokens=agent.model.max_output_tokens,
            timeout_seconds=max(1.0, seconds),
        )
