"""An approval for others than its deciders: values masked, names not; and a mask that is sent back is no value."""

import json
from typing import Any

import pytest
from tollgate.approvals.veil import places_of_masks, unveiled, veiled, without_secrets
from tollgate.models.record import Record
from tollgate.models.verdict import Reason
from tollgate.slack.card import open_card
from tollgate.slack.fields import edited_arguments, field_names
from tollgate.slack.modals import edit_view

from tests.unit.approval_sample import approval, said

KEY = "gh" + "p_" + "0123456789abcdefghijklmnopqrstuvwxyz"
MASK = "[redacted: personal field /contact]"
ARGUMENTS = {"vendor_id": "V-1", "amount": 12.5, "note": "for Anna Schmidt", "terms": {"who": ["anna schmidt", 3]}}


class Journal:
    """One execution whose request named a person; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def read(self, execution_id: str, record: str) -> Record:
        self.asked += 1
        body = {"input": {"contact": "Anna Schmidt"}, "personal_fields": ["/contact"], "tools": []}
        return Record(execution_id=execution_id, record=record, kind="admission", step=0, at="t", body=body)

    def of_execution(self, execution_id: str, *, from_step: int = 0) -> list[Record]:
        return []


def shown(**changes: Any) -> Any:
    """The veiled copy of an approval of an agent with personal fields."""
    return veiled(Journal(), approval(**({"personal": True, "arguments": ARGUMENTS} | changes)))  # type: ignore[arg-type]


def test_personal_values_are_masked_wherever_the_approval_has_them() -> None:
    """Arguments, summary, reasons, origins and what people said."""
    veil = shown(
        summary="Pay Anna Schmidt",
        reasons=[Reason(rule="origin", message="nothing vouches for Anna Schmidt")],
        origins={"/note": {"from": "document", "name": "anna schmidt", "trusted": False}},
        decisions=[said("reject", reason="Anna  Schmidt must not be paid")],
    )
    assert "schmidt" not in veil.model_dump_json().lower()
    assert veil.arguments["terms"] == {"who": [MASK, 3]}
    assert veil.hidden == ["note", "terms"]


def test_what_replaces_a_hidden_value_is_hidden_too() -> None:
    """Nobody declared what an approver types, but they typed it in the place of something personal."""
    edited = {**ARGUMENTS, "note": "for Carl Meier", "amount": 13}
    veil = shown(decisions=[said("edit", arguments=edited)])
    assert veil.decisions[0].arguments == {
        "vendor_id": "V-1", "amount": 13, "note": "[redacted: the new value of note]", "terms": {"who": [MASK, 3]},
    }  # fmt: skip


def test_journal_is_not_read_for_an_agent_without_personal_fields() -> None:
    """A list of two hundred approvals would read two hundred journals."""
    journal = Journal()
    assert veiled(journal, approval(personal=False, arguments=ARGUMENTS)).arguments == ARGUMENTS  # type: ignore[arg-type]
    assert journal.asked == 0


def test_decider_sees_everything_but_secrets() -> None:
    """A key need not be read to be approved."""
    veil = without_secrets(approval(personal=True, arguments={**ARGUMENTS, "note": KEY}, summary=f"Use {KEY[:20]}…"))
    assert veil.arguments == {**ARGUMENTS, "note": "[redacted: github_token]"}
    assert veil.summary == "Use [redacted: github_token]…"


def test_card_with_a_hidden_sink_shows_where_to_approve() -> None:
    """It can be rejected, and it cannot be approved or edited."""
    card = json.dumps(
        open_card(shown(arguments={**ARGUMENTS, "vendor_id": "Anna Schmidt"}), "").blocks, ensure_ascii=False
    )
    assert "◆ vendor_id carries authority and is personal or secret" in card
    assert "tollgate approve apr-1" in card
    assert '"action_id": "reject"' in card
    assert '"action_id": "approve"' not in card
    assert '"action_id": "edit"' not in card


def test_card_with_another_hidden_argument_is_decided_in_slack() -> None:
    """What carries authority is all there."""
    card = json.dumps(open_card(shown(), "").blocks, ensure_ascii=False)
    assert '"action_id": "approve"' in card
    assert f"for {MASK}" in card


def test_form_has_no_field_for_a_hidden_argument_and_keeps_its_value() -> None:
    """The form says so, and what comes back is whole."""
    original, veil = approval(arguments=ARGUMENTS), shown()
    assert set(field_names(veil)).isdisjoint({"note", "terms"})
    assert "not shown here, kept as they are: note, terms" in json.dumps(edit_view(veil), ensure_ascii=False)
    typed = {"amount": {"x": {"type": "number_input", "value": "13"}}}
    arguments, errors = edited_arguments(original.model_copy(update={"hidden": veil.hidden}), typed)
    assert (arguments, errors) == ({**ARGUMENTS, "amount": 13}, {})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"note": f"for {MASK}", "amount": 13}, {"note": "for Anna Schmidt", "amount": 13}),
        ({"terms": {"who": [MASK, 4]}}, {"terms": {"who": ["anna schmidt", 4]}}),
        ({"note": MASK}, None),
        ({"vendor_id": MASK}, None),
        ({"terms": {"other": [MASK]}}, None),
    ],
)
def test_mask_that_was_shown_there_stands_for_its_value_and_any_other_is_told(
    given: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    """A tool must never be given a mask."""
    found = unveiled(given, shown().arguments, ARGUMENTS)
    assert places_of_masks(found) == ([] if expected else list(given))
    assert expected in (None, found)
