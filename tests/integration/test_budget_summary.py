"""The summary that a model writes out of what was kept back for it: at most once per end, and never instead of ours."""

import dataclasses
from typing import Any

import pytest
from tollgate import model_call, model_summary
from tollgate.budget.summary_reserve import kept_back
from tollgate.definitions.registry import Registry
from tollgate.errors import LimitReachedError, ModelFailedError, ModelThrottledError
from tollgate.models.message import ModelRequest, ModelResponse, TextBlock, Usage
from tollgate.tasks import wind_down

from tests.integration.budget_world import BudgetWorld, budgets
from tests.integration.loop_world import CALL_TOKENS, PRICE, Machine, fresh_tenant, registry

__all__ = ["budgets"]

TOKENS, KEPT = 5_000, 2_000
WORDS = "Half of it is written. The rest waits."


class ProcessKilled(BaseException):  # nothing may catch it
    """kill -9."""


@dataclasses.dataclass
class Writer:
    """The model when it is asked for a summary: says or raises what it is told."""

    says: Any = WORDS
    asked: list[ModelRequest] = dataclasses.field(default_factory=list)

    def converse(self, request: ModelRequest) -> ModelResponse:
        self.asked.append(request)
        if isinstance(self.says, BaseException):
            raise self.says
        usage = Usage(input_tokens=300, output_tokens=40, total_tokens=340)
        return ModelResponse(
            content=[TextBlock(text=self.says)], stop_reason="end_turn", usage=usage, provider="fake", model="m"
        )


def keeping(tokens: int) -> Registry:
    """The loop's registry, whose agent keeps this much back."""
    plain = registry()
    entry = plain.agents["worker"]
    limits = entry.definition.limits.model_copy(update={"tokens": TOKENS, "summary_tokens": tokens})
    agent = entry.definition.model_copy(update={"limits": limits})
    return plain.model_copy(update={"agents": {"worker": entry.model_copy(update={"definition": agent})}})


@dataclasses.dataclass
class Ending:
    """A machine that has come to WindDown at its token limit, and the writer."""

    machine: Machine
    writer: Writer

    def wind_down(self, *, attempt: int = 0) -> str:
        event = {"execution": self.machine.id, "step": self.machine.step, "attempt": attempt}
        event["redrives"] = self.machine.redrives
        with pytest.raises(LimitReachedError):
            wind_down.run(self.machine.world.stores, self.machine.registry, event, task_seconds=120)
        return self.machine.execution.summary or ""

    @property
    def spent(self) -> int:
        return self.machine.execution.spend.tokens


@pytest.fixture
def ending(budgets: BudgetWorld, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a machine until a limit leads it to WindDown."""

    def until_wind_down(says: Any = WORDS, *, kept: int = KEPT) -> Ending:
        machine, writer = Machine(budgets, keeping(kept), fresh_tenant()), Writer(says)
        monkeypatch.setattr(model_call, "model_for", lambda target: machine)
        monkeypatch.setattr(model_summary, "model_for", lambda target: writer)
        while machine.task != "WindDown":
            if machine.task == "Gate":
                for ask in machine.routed["asks"]:
                    machine.decide(ask["id"], approve=True)
            machine.advance()
        return Ending(machine, writer)

    return until_wind_down


def test_the_reserve_is_not_there_for_steps_and_is_spent_on_the_summary(ending: Any) -> None:
    """No step's call eats into it; the summary has the books' lines first and the model's words below them."""
    end = ending()
    before = end.spent
    assert before <= TOKENS - KEPT
    summary = end.wind_down()
    assert summary.startswith("Ended because the token limit was reached.")
    assert summary.endswith(f"In the model's own words: {WORDS}")
    assert f"{before + 340:,} of {TOKENS:,} tokens" in summary
    assert (end.spent, end.machine.execution.spend.reserved_tokens) == (before + 340, 0)
    assert "write" in end.writer.asked[0].messages[0].content[0].text
    assert end.writer.asked[0].tools == []


def test_without_a_reserve_no_model_is_asked(ending: Any) -> None:
    """The default: the summary is made from the books alone, and the tokens are all there for steps."""
    end = ending(kept=0)
    assert "own words" not in end.wind_down()
    assert end.writer.asked == []
    assert end.spent > TOKENS - KEPT - CALL_TOKENS


def test_a_second_attempt_and_a_redrive_without_room_read_the_words_again(ending: Any) -> None:
    """Paid once per end: the record is what every later end without a new step shows."""
    end = ending()
    end.wind_down()
    spent = end.spent
    assert end.wind_down(attempt=1).endswith(WORDS)
    end.machine.redrives, end.machine.task = 1, "WindDown"
    while not end.machine.is_over:
        end.machine.advance()
    assert end.machine.execution.summary.endswith(WORDS)
    assert (len(end.writer.asked), end.spent) == (1, spent)


@pytest.mark.parametrize(
    ("error", "billed"),
    [(ModelFailedError("no"), True), (ModelThrottledError("later"), False)],
    ids=["failed", "later"],
)
def test_a_model_that_fails_leaves_the_summary_of_the_books(ending: Any, error: Exception, billed: bool) -> None:
    """Billed in full where it may have been billed, asked once, and the end is the same."""
    end = ending(error)
    before = end.spent
    assert "own words" not in end.wind_down()
    end.wind_down(attempt=1)
    assert len(end.writer.asked) == 1
    assert (end.spent > before) is billed
    assert end.spent <= TOKENS
    assert end.machine.execution.spend.reserved_tokens == 0


def test_a_process_killed_in_the_call_is_not_paid_twice(ending: Any) -> None:
    """The next attempt settles the reservation, asks nobody, and ends with the books' own summary."""
    end = ending(ProcessKilled())
    before = end.spent
    with pytest.raises(ProcessKilled):
        end.wind_down()
    held = end.machine.execution.spend.reserved_tokens
    assert held > 340
    end.writer.says = WORDS
    assert "own words" not in end.wind_down(attempt=1)
    assert (len(end.writer.asked), end.spent, end.machine.execution.spend.reserved_tokens) == (1, before + held, 0)


def test_a_long_journal_is_cut_to_what_was_kept(ending: Any) -> None:
    """The request and its answer fit into the reserve, whatever the run left behind."""
    end = ending(kept=1_500)
    end.wind_down()
    spend = end.machine.execution.spend
    assert spend.tokens <= TOKENS
    assert end.writer.asked[0].max_output_tokens <= 500


def test_what_is_kept_is_priced_at_its_worst() -> None:
    """Tokens of the summary may all be of the dearer kind."""
    price = PRICE.model_copy(update={"output": 5.0})
    limits = registry().agents["worker"].definition.limits.model_copy(update={"summary_tokens": 1_000})
    assert kept_back(limits, price).microusd == 5_000
