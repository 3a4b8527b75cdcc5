"""What Reason does when the provider says "later" or fails: hints, the fallback model, and what is paid."""

from collections import Counter
from typing import Any

import pytest
from tollgate import model_call
from tollgate.budget.reservation import Refusal
from tollgate.errors import ModelFailedError, ModelThrottledError
from tollgate.model_call import HINT_SECONDS, Task, ask
from tollgate.models.message import ModelRequest, ModelResponse, TextBlock, Usage
from tollgate.store.dynamodb import client
from tollgate.store.journal import model_key

from tests.integration.budget_world import BudgetWorld, budgets
from tests.integration.loop_world import Machine, fresh_tenant, registry, use_model

__all__ = ["budgets"]

REQUESTS_OF_REASON = Counter(
    {
        "GetItem": 4,  # the execution; the call in the ledger; who limits the agent's day and the tenant's month
        "Query": 1,  # the journal
        "PutItem": 2,  # what became of the call; the model's answer
        "UpdateItem": 2,  # reserve; settle and enter the step
    }
)


class Provider:
    """Answers or raises what it is told, in order, and keeps which model was asked."""

    def __init__(self, *script: Any) -> None:
        self.script, self.asked, self.slept = list(script), list[str](), list[float]()
        self.requests: list[ModelRequest] = []
        self._model = ""

    def of(self, target: Any) -> "Provider":
        self._model = target.model
        return self

    def converse(self, request: Any) -> ModelResponse:
        self.asked.append(self._model)
        self.requests.append(request)
        said = self.script.pop(0)
        if isinstance(said, Exception):
            raise said
        usage = Usage(input_tokens=90, output_tokens=10, total_tokens=100)
        return ModelResponse(
            content=[TextBlock(text=said)], stop_reason="end_turn", usage=usage, provider="fake", model=self._model
        )


@pytest.fixture
def asking(budgets: BudgetWorld, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Asks for step 1 of a fresh execution: what came of it, the provider, and the execution."""

    def call(*script: Any, fallback: str | None = None, attempt: int = 0, seconds: float = 900) -> Any:
        provider = Provider(*script)
        monkeypatch.setattr(model_call, "model_for", provider.of)
        machine = Machine(budgets, registry(fallback), fresh_tenant())
        task = Task(attempt, seconds, provider.slept.append)
        try:
            result: Any = ask(budgets.stores, machine.registry, machine.execution, 1, [], task)
        except ModelThrottledError as error:
            result = error
        return result, provider, machine

    return call


def test_a_hint_that_fits_is_waited_for_in_the_task(asking: Any) -> None:
    """One call is paid, and the state machine never hears of the throttle."""
    result, provider, machine = asking(ModelThrottledError("later", 3.0), "{}")
    assert (result, provider.slept, len(provider.asked)) == (None, [3.0], 2)
    assert (machine.execution.spend.tokens, machine.execution.spend.reserved_tokens) == (100, 0)


@pytest.mark.parametrize(("hint", "seconds"), [(None, 900.0), (HINT_SECONDS + 1, 900.0), (30.0, 120.0)])
def test_a_hint_that_does_not_fit_is_left_to_the_state_machine(asking: Any, hint: float | None, seconds: float) -> None:
    """None, too long, or no time left for the answer: raised, with nothing reserved and nothing spent."""
    result, provider, machine = asking(ModelThrottledError("later", hint), seconds=seconds)
    assert isinstance(result, ModelThrottledError)
    assert provider.slept == []
    assert (machine.execution.spend.tokens, machine.execution.spend.reserved_tokens) == (0, 0)


def test_a_third_hint_in_one_task_is_left_to_the_state_machine(asking: Any) -> None:
    """Retries are bounded in the task, too."""
    result, provider, _ = asking(*(ModelThrottledError("later", 1.0) for _ in range(3)))
    assert isinstance(result, ModelThrottledError)
    assert provider.slept == [1.0, 1.0]


def test_a_failed_model_is_replaced_by_the_fallback_and_both_are_on_the_books(asking: Any) -> None:
    """The failed call settles at its reservation, because it may have been billed; the answer is the fallback's."""
    result, provider, machine = asking(ModelFailedError("no"), "{}", fallback="second")
    assert (result, provider.asked) == (None, ["reasoning", "second"])
    record = machine.world.stores.journal.read(machine.id, model_key(1))
    assert record is not None
    assert record.body["request"]["alias_model"] == "second"
    failures = [r for r in machine.world.stores.journal.of_step(machine.id, 1) if r.kind == "model_failure"]
    assert machine.execution.spend.tokens == 100 + failures[0].body["reservation"]["tokens"]


def test_a_throttled_model_is_replaced_at_once_where_there_is_a_fallback(asking: Any) -> None:
    """Nothing was billed, so only the fallback's call is paid."""
    result, provider, machine = asking(ModelThrottledError("later"), "{}", fallback="second")
    assert (result, provider.asked) == (None, ["reasoning", "second"])
    assert machine.execution.spend.tokens == 100


def test_without_a_fallback_the_last_attempt_meets_the_limit_model(asking: Any) -> None:
    """The state machine's attempts are used up, and a failed call ends the run as well."""
    assert asking(ModelThrottledError("later"), attempt=5)[0] == Refusal("model")
    assert asking(ModelFailedError("no"))[0] == Refusal("model")


def test_a_model_that_cannot_be_reached_is_given_up_with_its_own_words(asking: Any) -> None:
    """The trace says why once the last attempt is over; before that nothing ended."""
    down = ModelThrottledError("http://llm cannot be reached: refused")
    for attempt, told in ((4, []), (5, ["http://llm cannot be reached: refused"])):
        _, _, machine = asking(down, attempt=attempt)
        records = machine.world.stores.journal.of_step(machine.id, 1)
        assert [record.body["message"] for record in records if record.kind == "model_failure"] == told


def test_a_stop_between_looking_and_reserving_ends_the_step_without_a_call(
    budgets: BudgetWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is held, nobody is asked, no limit is put down, and the end is a stop."""
    machine = Machine(budgets, registry(), fresh_tenant())
    machine.advance()
    seen = machine.execution
    budgets.stores.executions.request_stop(machine.id)
    assert ask(budgets.stores, machine.registry, seen, 1, [], Task(0, 900)) == Refusal(None)
    monkeypatch.setattr(budgets.stores.executions, "opened", lambda *_: seen)  # Reason, too, read before the stop
    machine.advance()
    monkeypatch.undo()
    assert machine.seen.paid == {}
    machine.advance()
    machine.advance()
    after = machine.execution
    assert (machine.task, after.outcome, after.stopping, after.spend.reserved_tokens) == ("End", "stopped", None, 0)


def test_a_failure_on_record_is_not_asked_again_after_a_crash(budgets: BudgetWorld, monkeypatch: Any) -> None:
    """The failed call may have been billed: the next attempt of the same run goes on to the end, a redrive asks."""
    machine = Machine(budgets, registry(), fresh_tenant())
    provider = Provider(ModelFailedError("no"), ModelFailedError("no"))
    monkeypatch.setattr(model_call, "model_for", provider.of)
    stores, task = budgets.stores, Task(0, 900)

    def records() -> list[Any]:
        return list(stores.journal.of_execution(machine.id))

    assert ask(stores, machine.registry, machine.execution, 1, records(), task) == Refusal("model")
    assert ask(stores, machine.registry, machine.execution, 1, records(), task) == Refusal("model")
    assert len(provider.asked) == 1
    redriven = stores.executions.opened(machine.id, 1)
    assert ask(stores, machine.registry, redriven, 1, records(), task) == Refusal("model")
    assert len(provider.asked) == 2


@pytest.mark.parametrize(("tokens", "warned"), [(9_000, False), (1_500, True)])
def test_the_model_is_told_when_its_budget_has_room_for_one_more_call(
    budgets: BudgetWorld, monkeypatch: pytest.MonkeyPatch, tokens: int, warned: bool
) -> None:
    """The words of the last step, also where not the steps but the tokens run out."""
    machine, provider = Machine(budgets, registry(), fresh_tenant()), Provider("{}")
    monkeypatch.setattr(model_call, "model_for", provider.of)
    execution = machine.execution
    budgets.stores.executions.set_limits(execution, execution.limits.model_copy(update={"tokens": tokens}))
    assert ask(budgets.stores, machine.registry, machine.execution, 1, [], Task(0, 900)) is None
    assert ("one step left" in provider.requests[0].model_dump_json()) is warned


def test_a_step_costs_this_many_requests_to_the_tables(budgets: BudgetWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reason's part of a step with one call: each request is latency and money, so a new one is a decision."""
    machine = Machine(budgets, registry(), fresh_tenant())
    use_model(monkeypatch, lambda: machine)
    for _ in range(3):  # AdmitRequest, Reason, ScreenProposal: step 1 asks
        machine.advance()
    machine.decide("c0", approve=True)
    while machine.task != "Reason":
        machine.advance()
    made: list[str] = []
    monkeypatch.setattr(model_call, "model_for", Provider("{}").of)  # the machine's own looks into the journal
    events = client().meta.events
    events.register("before-call.dynamodb", lambda model, **_: made.append(model.name), unique_id="count")
    machine.advance()
    events.unregister("before-call.dynamodb", unique_id="count")
    assert machine.execution.step == 2
    assert Counter(made) == REQUESTS_OF_REASON
