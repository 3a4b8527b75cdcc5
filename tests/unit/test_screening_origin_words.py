"""An effect without anything to vouch for needs the user's words."""

import pytest
from tollgate.screening.case import PastCall
from tollgate.screening.rules import origin_words

from tests.unit.screening_cases import SERVICE, case, request


@pytest.mark.parametrize(
    ("instruction", "verdict"),
    [
        ("Please cancel my plan.", "run"),
        ("Cancelling the plans is what I want", "run"),
        ("I cancelled the other plan, what now?", "run"),
        ("Plan my week.", "ask"),
        ("Cancel the meeting", "ask"),
        ("Do not cancel my plan.", "ask"),
        ("Never cancel the plan!", "ask"),
        ("Don't forget to cancel my plan.", "run"),
        ("Do not ask me, but cancel the plan", "run"),
        ("", "ask"),
    ],
)
def test_an_effect_without_arguments_needs_verb_and_noun(instruction: str, verdict: str) -> None:
    """`cancel_plan` happens where somebody wrote cancel and plan, and did not deny it."""
    assert origin_words.decide(case("cancel_plan", {}, instruction)).verdict == verdict


def test_words_in_a_document_are_nobodys_words() -> None:
    """Only an instruction asks."""
    assert origin_words.decide(case("cancel_plan", {}, request("Read it", {"mail": "cancel my plan"}))).verdict == "ask"


def test_a_services_words_never_vouch() -> None:
    """A service forwards text that it did not write."""
    of = case("cancel_plan", {}, request("cancel the plan", principal=SERVICE))
    assert origin_words.decide(of).verdict == "ask"


def test_text_without_sinks_needs_words_too() -> None:
    """An effect that declares no sinks cannot be vouched for by its arguments."""
    assert origin_words.decide(case("add_note", {"text": "x"}, "Summarise the mail")).verdict == "ask"
    assert origin_words.decide(case("add_note", {"text": "x"}, "Add a note about the mail")).verdict == "run"


FILES = PastCall("list_files", {}, [{"id": "F-11"}, {"id": "F-12"}])
ONE = PastCall("find_file", {"name": "old.txt"}, [{"id": "F-11"}])


@pytest.mark.parametrize(
    ("instruction", "history", "verdict"),
    [
        ("Delete file F-11", [], "run"),
        ("Which files are there?", [FILES], "ask"),
        ("Find and delete the largest file", [FILES], "ask"),
        ("Find the file old.txt and delete it", [ONE], "run"),
        ("Show me old.txt", [ONE], "ask"),
    ],
)
def test_a_destructive_target_is_named_or_the_only_one_found(
    instruction: str, history: list[PastCall], verdict: str
) -> None:
    """A listing vouches for every file, so it cannot say which one to delete."""
    assert origin_words.decide(case("delete_file", {"file_id": "F-11"}, instruction, history)).verdict == verdict
