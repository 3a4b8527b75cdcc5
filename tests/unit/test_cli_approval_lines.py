"""A question on the command line: what the card sends people there for is all there, and nothing of it deceives."""

from typing import Any

import pytest

from cli.approval_lines import describe_approval, outcome

APPROVAL: dict[str, Any] = {
    "approval_id": "apr-1",
    "execution_id": "exe-1",
    "agent": "payer",
    "requester": "rob",
    "tool": "post_invoice",
    "effect": "write",
    "summary": "Post 5 EUR",
    "arguments": {"note": "March", "lines": [1], "iban": "DE89"},
    "origins": {
        "/iban": {"from": "tool", "name": "lookup_vendor", "trusted": True},
        "/lines/0": {"from": "document", "name": "invoice", "trusted": False},
    },
    "sinks": ["iban"],
    "argument_schema": {"properties": {"note": {}, "lines": {}, "iban": {}}},
    "reasons": [{"rule": "origin", "message": "said\nby \u202enobody"}],
    "approvers": ["role:finance"],
    "quorum": 2,
    "cost": "10 of 100 tokens",
    "status": "pending",
    "expires_at": "2027-01-01T00:00:00Z",
    "decisions": [{"decision": "approve", "by": "ana", "at": "2026-12-01T00:00:00Z"}],
}


def shown(capsys: pytest.CaptureFixture[str], *, whole: bool = True, **changes: Any) -> str:
    """What a person reads."""
    describe_approval(APPROVAL | changes, whole=whole)
    return capsys.readouterr().out


def test_all_that_a_decision_needs_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    """What, why, for whom, each argument's origin, who may decide and who has, cost, and the run."""
    text = shown(capsys)
    for part in (
        "apr-1  pending",
        "Post 5 EUR",
        "asked by rob through agent payer",
        "origin: said \u23ce by [U+202E]nobody",
        "\u25c6 iban: DE89",
        "\u2713 from lookup_vendor, trusted",
        "from the document invoice: unverified",
        "written by the model",
        "role:finance",
        "1 of 2 people agreed: ana",
        "10 of 100 tokens",
        "exe-1",
    ):
        assert part in text, part


def test_a_decided_question_says_who_decided_what_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    """Not who might have."""
    said = {"decision": "reject", "by": "ana", "at": "2026-12-01T00:00:00Z", "reason": "not\u202e ours"}
    text = shown(capsys, status="rejected", decisions=[said])
    assert "Rejected by ana at 2026-12-01" in text
    assert "\u201cnot[U+202E] ours\u201d" in text
    assert "May decide" not in text


def test_a_word_that_does_not_open_the_gate_yet_says_what_is_missing() -> None:
    """The first of two, and the same person again."""
    assert outcome(APPROVAL) == "apr-1 pending: 1 of 2 people agreed: ana; another person must agree"
    assert outcome(APPROVAL | {"quorum": 3}) == "apr-1 pending: 1 of 3 people agreed: ana; 2 other people must agree"
    assert outcome(APPROVAL | {"status": "approved"}) == "apr-1 approved"


def test_what_carries_authority_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    """As on the card."""
    text = shown(capsys)
    assert text.index("iban:") < text.index("note:") < text.index("lines:")


def test_a_value_cannot_speak_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """No control character, no direction, no joiner, and no line that poses as the next argument."""
    text = shown(capsys, arguments={"iban": "D\u041589\u202e\u200b\x9b31m\x1b[2J\n  \u25c6 amount: 1"})
    assert not {"\u202e", "\u200b", "\x9b", "\x1b"} & set(text)
    assert "[U+202E][U+200B][U+009B]31m[U+001B][2J\n    \u23ce   \u25c6 amount: 1" in text
    assert "mixes Cyrillic and Latin" in text


def test_a_name_of_the_models_own_is_no_heading(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that the manifest does not have is the model's text, too."""
    text = shown(capsys, arguments={"approved\nby ana\u202e": 1}, sinks=[])
    assert """(a name of the model's own): {"approved\\nby ana[U+202E]": 1}""" in text


@pytest.mark.parametrize(("whole", "there"), [(True, True), (False, False)])
def test_one_question_is_whole_and_a_list_of_them_is_not(
    whole: bool, there: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the card cannot show a value, this can, to the last character; the list says how much it left out."""
    value = "x" * 9_000 + "END"
    text = shown(capsys, whole=whole, arguments={"iban": value, "note": value})
    assert (text.replace("\n", "").count("END") == 2) is there
    assert ("characters)" in text) is not there
