"""What the model reads about one call, and which calls a step's latest screening left."""

import json
from typing import Any

import pytest
from tollgate.models.call import CallResult
from tollgate.models.record import Record
from tollgate.results import Screened, screened_calls, text_for_model


def test_output_is_read_as_it_is() -> None:
    """Nothing is added to a plain result."""
    assert text_for_model("fetch", CallResult(ok=True, value={"a": 1}, text='{"a": 1}'), "fetch") == '{"a": 1}'


@pytest.mark.parametrize(("value", "text"), [(None, "null"), ("", '""'), ([], "[]"), ({}, "{}")])
def test_empty_output_is_told_in_words(value: Any, text: str) -> None:
    """A model that reads an empty block tends to call again; one that reads words does not."""
    assert "fetch ran and returned nothing" in text_for_model(
        "fetch", CallResult(ok=True, value=value, text=text), "fetch"
    )


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (False, "false"), ([0], "[0]")])
def test_zero_and_false_are_results(value: Any, text: str) -> None:
    """Falsy is not empty."""
    assert text_for_model("fetch", CallResult(ok=True, value=value, text=text), "fetch") == text


def test_failure_names_error_message_attempts_and_what_may_help() -> None:
    """One JSON value that says what happened, how often it was tried, and what the model can do now."""
    failed = CallResult(ok=False, error="ToolTimeoutError", message="too slow", attempts=3)
    told = json.loads(text_for_model("fetch", failed, "fetch"))
    assert told == {
        "error": "ToolTimeoutError",
        "message": "too slow",
        "attempts": 3,
        "what_may_help": "the same call would take as long: ask for less, or go on without it",
    }


def test_refusal_has_its_advice_in_its_message() -> None:
    """Said once: the rule that refused knows best what to write instead."""
    refused = CallResult(ok=False, error="unknown_tool", message="Did you mean `fetch`?", attempts=0, started=False)
    assert "what_may_help" not in json.loads(text_for_model("fetsch", refused, "fetsch"))


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"error": "ToolTransientError", "unknown": True}, "find out whether it happened"),
        ({"error": "ToolUnavailableError", "started": False}, "nothing was done"),
        ({"error": "Runtime.ExitError"}, "may end its process again"),
        ({"error": "ValueError"}, "correct the arguments"),
    ],
)
def test_advice_follows_what_is_known_of_the_failure(fields: dict[str, Any], word: str) -> None:
    """An effect that may have happened is never answered with "try again"."""
    failed = CallResult(ok=False, message="m", **fields)
    assert word in json.loads(text_for_model("fetch", failed, "fetch"))["what_may_help"]


def test_failure_of_a_fallback_is_not_told_as_an_answer() -> None:
    """Which of the two tools the error is about, and that the other one failed before it."""
    failed = CallResult(ok=False, error="CallUnfinishedError", message="nobody knows")
    text = text_for_model("pay", failed, "pay_by_mail")
    assert "pay failed, and this is what became of its fallback pay_by_mail" in text
    assert "answered by" not in text


def test_cut_output_says_how_to_read_the_rest() -> None:
    """Id and tool, as a call that can be copied."""
    cut = CallResult(ok=True, value=[1], text="[1]", cut=True)
    assert 'the whole is artifact 3-c0: read_artifact {"artifact": "3-c0"} reads any part' in text_for_model(
        "fetch", cut, "fetch", "3-c0"
    )


def test_fallback_and_cut_are_told_beside_the_output() -> None:
    """Who answered instead, and that there was more."""
    text = text_for_model("fetch", CallResult(ok=True, value=[1], text="[1]", cut=True), "archive")
    assert text.startswith("[1]\n")
    assert "answered by archive, because fetch failed" in text
    assert "shown cut" in text


def screening(number: int, *calls: tuple[str, str, str]) -> Record:
    listed = [{"call_id": call, "tool": tool, "state": state, "fallback": None} for call, tool, state in calls]
    return Record(
        execution_id="e", record=f"{number}", kind="screening", step=1, at="", body={"number": number, "calls": listed}
    )


def test_latest_screening_counts_and_refused_calls_have_no_item() -> None:
    """What an earlier screening asked about is what the later one says it became."""
    first = screening(0, ("c0", "fetch", "CLEARED"), ("c1", "pay", "ASKED"))
    second = screening(1, ("c0", "fetch", "CLEARED"), ("c1", "pay", "REFUSED"))
    assert screened_calls([first, second]) == [Screened("c0", "fetch", None)]
    assert screened_calls([]) == []


def test_fallback_has_an_id_of_its_own() -> None:
    """Its ledger item and idempotency key are never those of the call it stands in for."""
    assert Screened("c0", "fetch", "archive").fallback_id == "c0f"
