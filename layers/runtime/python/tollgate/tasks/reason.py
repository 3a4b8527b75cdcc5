"""Reason: at most one model response is paid for per step, and a journalled one is never asked for again."""

import time
import uuid
from typing import Any

from tollgate.budget.estimate import estimate_input_tokens
from tollgate.budget.prices import cost_microusd, worst_case_microusd
from tollgate.conversation import Turn, messages, system_prompt, tool_choices, turns
from tollgate.definitions.registry import AgentEntry, ModelTarget, Registry
from tollgate.errors import ModelFailedError, ModelThrottledError
from tollgate.limits import remaining_seconds, step_limit
from tollgate.model.select import model_for
from tollgate.models.execution import Execution, LimitReason
from tollgate.models.message import ModelRequest, ModelResponse
from tollgate.models.record import Record
from tollgate.results import collect, screened_calls
from tollgate.store.journal import model_key
from tollgate.store.stores import Stores

THROTTLE_ATTEMPTS = 5
"""The state machine's MaxAttempts for `ModelThrottledError`; after the last one the limit `model` is met."""

SCREENINGS = 8
"""A step is screened this often at the most; calls that still cannot run are then told as failed."""


def run(stores: Stores, registry: Registry, event: dict[str, Any], *, task_seconds: float) -> dict[str, Any]:
    """Returns `{execution, step}`; `step` stays where it was when calls of it must be screened again.

    `task_seconds` is what the function itself has left. Raises `ModelThrottledError` for the state machine to retry.
    """
    execution = stores.executions.get(event["execution"])
    previous, step = int(event["step"]), int(event["step"]) + 1
    if previous and _settle_calls(stores, registry, execution, previous, event.get("results", [])):
        return {"execution": execution.execution_id, "step": previous}
    execution = stores.executions.get(execution.execution_id)
    journalled = stores.journal.read(execution.execution_id, model_key(step))
    _settle_lost(stores, execution, step, journalled)
    if journalled is None:
        limit = step_limit(execution, step, stores.clock.now())
        limit = limit or _ask(stores, registry, execution, step, task_seconds, int(event.get("attempt", 0)))
        if limit:
            stores.executions.stopping(execution.execution_id, limit)
            return {"execution": execution.execution_id, "step": step}
    stores.executions.enter_step(execution.execution_id, step)
    return {"execution": execution.execution_id, "step": step}


def _settle_calls(
    stores: Stores, registry: Registry, execution: Execution, step: int, results: list[dict[str, Any]]
) -> bool:
    """Journals the results of the step's calls; True when some are not over and must be screened again."""
    agent = registry.agent(execution.agent).definition
    manifests = {name: entry.manifest for name, entry in registry.tools_of(agent).items()}
    records = stores.journal.of_step(execution.execution_id, step)
    screened = screened_calls(records)
    give_up = len([record for record in records if record.kind == "screening"]) >= SCREENINGS
    errors = {str(result["id"]): str(result["error"]) for result in results if result.get("error")}
    failures, unresolved = collect(stores, execution.execution_id, step, screened, manifests, errors, give_up=give_up)
    if not unresolved and failures:
        stores.executions.count(execution.execution_id, once=f"results-{step}", tool_failures=failures)
    return bool(unresolved)


def _settle_lost(stores: Stores, execution: Execution, step: int, journalled: Record | None) -> None:
    """Reservations that a dead attempt of this step left: the journalled one at its bill, any other in full."""
    for reservation_id, held in stores.executions.reservations(execution.execution_id).items():
        if held["step"] != step:
            continue
        if journalled and journalled.body["reservation"] == reservation_id:
            bill = journalled.body["bill"]
            stores.executions.settle(
                execution.execution_id, reservation_id, tokens=bill["tokens"], microusd=bill["microusd"]
            )
        else:
            stores.executions.settle(execution.execution_id, reservation_id, tokens=None, microusd=None)


def _ask(
    stores: Stores, registry: Registry, execution: Execution, step: int, task_seconds: float, attempt: int
) -> LimitReason | None:
    """Reserves, calls the model, journals, settles: in this order. Returns the limit that forbade or ended it."""
    entry = registry.agent(execution.agent)
    target = registry.models[entry.definition.model.alias]
    history = turns(stores.journal.of_execution(execution.execution_id))
    request = _request(stores, registry, entry, execution, history, step, target, task_seconds)
    reservation = f"r{uuid.uuid4().hex}"
    tokens = estimate_input_tokens(request) + request.max_output_tokens
    microusd = worst_case_microusd(tokens - request.max_output_tokens, request.max_output_tokens, target.price)
    if not stores.executions.reserve(execution.execution_id, reservation, tokens=tokens, microusd=microusd, step=step):
        return _which_budget(stores, execution, tokens)
    try:
        started = time.monotonic()
        response = model_for(target).converse(request)
    except ModelThrottledError:
        stores.executions.settle(execution.execution_id, reservation, tokens=0, microusd=0)
        if attempt >= THROTTLE_ATTEMPTS:
            return "model"
        raise
    except ModelFailedError as error:
        stores.executions.settle(execution.execution_id, reservation, tokens=None, microusd=None)
        failure = {"error": "ModelFailedError", "message": str(error), "reservation": {"tokens": tokens}}
        stores.journal.write(
            execution.execution_id, f"{step:06d}#11#failure#{reservation}", "model_failure", failure, step=step
        )
        return "model"
    response = response.model_copy(update={"latency_ms": round((time.monotonic() - started) * 1000)})
    _journal_and_settle(stores, execution, step, request, response, target, reservation, (tokens, microusd))
    return None


def _journal_and_settle(
    stores: Stores,
    execution: Execution,
    step: int,
    request: ModelRequest,
    response: ModelResponse,
    target: ModelTarget,
    reservation: str,
    held: tuple[int, int],
) -> None:
    """A response without usage settles at its reservation."""
    reported = response.usage.reported
    bill = {
        "tokens": response.usage.total_tokens if reported else held[0],
        "microusd": cost_microusd(response.usage, target.price) if reported else held[1],
    }
    body = {
        "response": response.model_dump(mode="json"),
        "request": {
            "alias_model": target.model,
            "provider": target.provider,
            "temperature": request.temperature,
            "max_output_tokens": request.max_output_tokens,
            "tools": [tool.name for tool in request.tools],
            "messages": len(request.messages),
        },
        "reservation": reservation,
        "bill": bill,
    }
    stores.journal.write(execution.execution_id, model_key(step), "model", body, step=step)
    stores.executions.settle(execution.execution_id, reservation, tokens=bill["tokens"], microusd=bill["microusd"])


def _request(
    stores: Stores,
    registry: Registry,
    entry: AgentEntry,
    execution: Execution,
    history: list[Turn],
    step: int,
    target: ModelTarget,
    task_seconds: float,
) -> ModelRequest:
    agent = entry.definition
    tools = [tool.manifest for tool in registry.tools_of(agent).values()]
    left = remaining_seconds(execution, stores.clock.now())
    return ModelRequest(
        agent=agent.name,
        execution_id=execution.execution_id,
        step=step,
        system=system_prompt(agent, entry.instructions),
        messages=messages(agent, tools, execution.input, history, last_step=step == execution.limits.steps),
        tools=tool_choices(tools),
        temperature=agent.model.temperature,
        max_output_tokens=agent.model.max_output_tokens,
        timeout_seconds=max(1.0, min(float(target.timeout_seconds), left, task_seconds - 15.0)),
    )


def _which_budget(stores: Stores, execution: Execution, tokens: int) -> LimitReason:
    current = stores.executions.get(execution.execution_id)
    available = current.limits.tokens - current.spend.tokens - current.spend.reserved_tokens
    return "tokens" if available < tokens else "usd"
