"""Planted secrets and personal values are in no sink afterwards, and they are where they belong."""

import json
from typing import Any

import pytest

from tests.workflow import canaries
from tests.workflow.own_process import told_by

Found = dict[str, Any]

SINKS = {
    "logs": 10_000,
    "trace": 10_000,
    "history": 50_000,
    "events": 3_000,
    "slack": 8_000,
    "lists": 8_000,
    "problems": 1_000,
    "colleague's view": 1_000,
}
"""What leaves the journal, and how many characters it has at the least: an empty sink proves nothing."""
PERSONAL = {**canaries.PERSONAL, "phone, reformatted": canaries.REFORMATTED}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Every sink after three executions."""
    return told_by("canaries_program", tmp_path_factory.mktemp("canaries"), seconds=400)


def text_of(value: Any) -> str:
    """All of a sink as one text, its line breaks and letters as they are."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("planted", [*canaries.SECRETS, *PERSONAL])
def test_nothing_planted_is_in_a_sink(found: Found, sink: str, planted: str) -> None:
    """By value and in any case, wherever it was copied to."""
    value = (canaries.SECRETS | PERSONAL)[planted]
    assert value.lower() not in text_of(found[sink]).lower()


@pytest.mark.parametrize(("sink", "characters"), SINKS.items())
def test_every_sink_had_something_to_leak(found: Found, sink: str, characters: int) -> None:
    """And said in each kind of it what was left out."""
    assert len(text_of(found[sink])) >= characters
    assert "[redacted: " in text_of(found[sink]) or sink in ("history", "events")


@pytest.mark.parametrize("part", ["task-admit-request", "task-conclude-execution", "tool-find_customer", "api-gate"])
def test_log_of_every_kind_of_function_was_read(found: Found, part: str) -> None:
    """A folder that moved would make the test of the logs an empty one."""
    assert any(part in name for name in found["log files"])


@pytest.mark.parametrize("planted", [name for name in canaries.SECRETS if name not in canaries.NEVER_KEPT])
def test_journal_and_ledger_keep_everything(found: Found, planted: str) -> None:
    """What is masked elsewhere was there to be masked."""
    assert canaries.SECRETS[planted] in found["stored"]


@pytest.mark.parametrize("planted", PERSONAL)
def test_personal_values_are_kept_and_reach_the_model(found: Found, planted: str) -> None:
    """The model sees what the task needs."""
    assert PERSONAL[planted].lower() in found["stored"].lower()
    assert PERSONAL[planted].lower() in text_of(found["model"]).lower()


@pytest.mark.parametrize("planted", ["secret header", "secret read by a tool's code"])
def test_value_of_secrets_manager_reaches_neither_journal_nor_model(found: Found, planted: str) -> None:
    """Nobody needs it but the process that read it, and the server that it was meant for."""
    assert canaries.SECRETS[planted] not in found["stored"] + text_of(found["model"])
    assert canaries.IN_SECRETS_MANAGER in text_of(found["shop"])


def test_value_too_short_to_be_looked_for_is_masked_in_its_own_place(found: Found) -> None:
    """An age is no text to search for; where it was declared it is not shown."""
    records = [record for run in found["trace"] for record in run]
    (admitted, *_) = [record for record in records if record["kind"] == "admission"]
    looked = next(
        record for record in records if record["kind"] == "result" and record["body"]["by"] == "find_customer"
    )
    assert admitted["body"]["input"]["contact"]["age"] == "[redacted: personal field /contact]"
    assert looked["body"]["value"]["age"] == "[redacted: personal field /find_customer/age]"
    assert '"age": "[redacted' in looked["body"]["text"]


def test_what_was_not_declared_stays_readable(found: Found) -> None:
    """A trace full of masks explains nothing."""
    assert '"city": "Ulm"' in text_of(found["trace"]).replace('\\"', '"')


def test_card_with_a_personal_sink_sends_the_person_elsewhere(found: Found) -> None:
    """Who cannot see what carries authority cannot approve it; rejecting needs no reading."""
    card = found["slack"][0][0]
    assert "This cannot be approved in Slack: ◆ to carries authority and is personal" in card
    assert "'action_id': 'reject'" in card
    assert "'action_id': 'approve'" not in card


def test_card_whose_sinks_can_be_shown_is_decided_in_slack(found: Found) -> None:
    """A masked text beside them is no obstacle."""
    card = found["slack"][1][1]
    assert "'action_id': 'approve'" in card
    assert "Rang [redacted: personal field /contact]" in card


def test_who_may_decide_reads_the_approval_whole(found: Found) -> None:
    """And a colleague reads it as everybody does."""
    letter = found["approvals"][0]
    assert letter["approver"]["arguments"]["to"] == canaries.EMAIL
    assert letter["colleague"]["arguments"]["to"] == "[redacted: personal field /find_customer/email]"
    shown = text_of([approval["colleague"] for approval in found["approvals"]])
    assert [name for name, value in PERSONAL.items() if value in shown] == []


def test_mask_that_is_sent_back_stands_for_its_value(found: Found) -> None:
    """An edit of another argument does not put a mask into a letter."""
    assert found["edited"]["status"] == "edited"
    assert found["edited"]["decisions"][0]["arguments"] == {
        "folder": "archive",
        "text": f"Rang {canaries.REFORMATTED}, {canaries.STREET.upper()}",
    }


def test_requester_reads_the_answer_and_a_colleague_does_not(found: Found) -> None:
    """It was theirs to ask for."""
    assert found["own view"][0]["output"]["to"] == canaries.EMAIL
    assert found["colleague's view"][0]["output"]["to"] == "[redacted: personal field /find_customer/email]"


def test_answer_refused_at_a_limit_is_quoted_without_what_it_quoted(found: Found) -> None:
    """The limit's message went through a task's error into the machine's history."""
    assert "[redacted: personal field /contact]" in text_of(found["history"][1])
