"""The card: everything a person must see, nothing that could deceive them, within Slack's limits."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tollgate.models.verdict import Reason
from tollgate.slack.card import open_card
from tollgate.slack.decided_card import closed_card, moved_card

from local.slack_standin.block_check import is_too_long, message_problems
from tests.unit.approval_sample import approval, said

URL = "https://console.example.com"


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    """Every text of the blocks, in order."""
    found = []
    for block in blocks:
        parts = [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        found += [part["text"]["text"] if isinstance(part["text"], dict) else part["text"] for part in parts if part]
    return found


def buttons(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The buttons by action."""
    return {
        element["action_id"]: element for block in blocks if block["type"] == "actions" for element in block["elements"]
    }


def test_the_card_says_what_who_why_cost_and_expiry() -> None:
    """All that a decision needs is on it."""
    card = open_card(approval(), URL)
    whole = "\n".join(texts(card.blocks))
    for part in ("Post 12.5 EUR to V-1", "asked by rob", "default_gate: asks by default", "10 of 100 tokens",
                 "2026-11-22 21:00 UTC", "role:finance", "✓ from lookup_vendor, trusted", "⚠ written by the model",
                 f"<{URL}/executions/exe-1|Open the run>"):  # fmt: skip
        assert part in whole
    assert card.text == "Approval needed: Post 12.5 EUR to V-1"


def test_buttons_carry_id_and_fingerprint_and_nothing_else() -> None:
    """Never a token, never an argument."""
    found = buttons(open_card(approval(), URL).blocks)
    assert list(found) == ["approve", "edit", "reject"]
    for element in found.values():
        assert json.loads(element["value"]) == {"approval_id": "apr-1", "fingerprint": "sha256:f"}
        assert "confirm" not in element


def test_a_destructive_call_is_confirmed() -> None:
    """Approve asks once more; reject does not."""
    found = buttons(open_card(approval(effect="destructive"), URL).blocks)
    assert "Post 12.5 EUR" in found["approve"]["confirm"]["text"]["text"]
    assert "confirm" not in found["reject"]


def test_sinks_come_first_and_are_marked() -> None:
    """What carries authority is read before what does not."""
    shown = texts(open_card(approval(), URL).blocks)
    assert shown.index("◆ vendor_id") < shown.index("◆ amount") < shown.index("note") < shown.index("currency")


def test_lines_of_a_sink_are_marked_as_its_own() -> None:
    """A value cannot draw the next argument's lines below itself."""
    forged = "V-1\n\n\u25c6 amount\r\n1.00"
    shown = texts(open_card(approval(arguments={"vendor_id": forged}), URL).blocks)
    assert "V-1\n\u23ce \n\u23ce \u25c6 amount\n\u23ce 1.00" in shown


@pytest.mark.parametrize("blank", ["   ", "\n"])
def test_a_blank_value_is_said_to_be_one(blank: str) -> None:
    """Nothing to see is not nothing there."""
    shown = texts(open_card(approval(arguments={"vendor_id": blank, "note": blank}), URL).blocks)
    assert shown.count(f"(blank: {json.dumps(blank)})") == 2


@pytest.mark.parametrize("value", [" V-1", "V-1 ", "V  1"])
def test_spaces_that_an_eye_skips_are_told(value: str) -> None:
    """At an end, or two of them: another account to a machine, the same one to a reader."""
    assert "has spaces at an end or in a row" in "\n".join(
        texts(open_card(approval(arguments={"vendor_id": value}), URL).blocks)
    )


def test_a_long_sink_is_shown_whole() -> None:
    """Up to what a section holds."""
    value = "x" * 2700
    card = open_card(approval(arguments={"vendor_id": value}), URL)
    assert any(value in text for text in texts(card.blocks))
    assert "approve" in buttons(card.blocks)
    assert message_problems(card.blocks) == []


@pytest.mark.parametrize(
    "arguments",
    [{"vendor_id": "x" * 3000}, {f"s{n}": "v" for n in range(30)}, {f"s{n}": "x" * 2700 for n in range(5)}],
)
def test_a_card_that_cannot_show_every_sink_cannot_approve(arguments: dict[str, str]) -> None:
    """Too long, too many or too much together: only a no is possible in Slack, and the card says where a yes is."""
    card = open_card(approval(arguments=arguments, sinks=list(arguments)), URL)
    assert list(buttons(card.blocks)) == ["reject"]
    assert message_problems(card.blocks) == []
    assert not is_too_long(card.blocks)
    [said_where] = [text for text in texts(card.blocks) if "cannot be approved in Slack" in text]
    assert "tollgate approve apr-1" in said_where
    assert next(reversed(arguments)) in said_where or "more" in said_where
    shown = texts(card.blocks)
    first = min(shown.index(text) for text in shown if text.startswith("\u25c6 ")) if len(arguments) > 1 else len(shown)
    assert shown.index(said_where) < first


def test_many_reasons_are_counted() -> None:
    """None is dropped in silence."""
    reasons = [Reason(rule=f"r{n}", message="m") for n in range(9)]
    assert "and 3 more reasons" in "\n".join(texts(open_card(approval(reasons=reasons), URL).blocks))


def test_origins_inside_an_argument_are_told_the_unvouched_ones_first() -> None:
    """One trusted line does not vouch for a list."""
    origins = {
        "/vendor_id/0": {"from": "instruction", "name": "task", "trusted": True},
        "/vendor_id/1": {"from": "document", "name": "invoice", "trusted": False},
    }
    shown = texts(open_card(approval(origins=origins, arguments={"vendor_id": ["V-1", "V-2"]}), URL).blocks)
    assert "⚠ from the document invoice: unverified; from rob's request" in shown


def test_a_source_that_claims_to_be_trusted_but_is_of_no_kind_that_may_be_is_not() -> None:
    """Documents never vouch."""
    origins = {"/vendor_id": {"from": "document", "name": "invoice", "trusted": True}}
    shown = texts(open_card(approval(origins=origins, arguments={"vendor_id": "V-1"}), URL).blocks)
    assert "⚠ from the document invoice: unverified" in shown


def test_a_call_without_arguments_offers_no_edit() -> None:
    """There is nothing to change."""
    card = open_card(approval(arguments={}, argument_schema={"type": "object", "properties": {}}), URL)
    assert list(buttons(card.blocks)) == ["approve", "reject"]


def test_the_notification_line_is_no_markup() -> None:
    """Slack reads it as markup, so a value must not mention a channel in it."""
    card = open_card(approval(summary="<!channel> & <https://evil.example|pay>"), URL)
    assert card.text == "Approval needed: &lt;!channel&gt; &amp; &lt;https://evil.example|pay&gt;"


def test_many_other_arguments_are_counted_not_dropped_in_silence() -> None:
    """The reader knows that there is more."""
    arguments = {"vendor_id": "V-1"} | {f"a{n}": n for n in range(40)}
    card = open_card(approval(arguments=arguments), URL)
    assert "25 more arguments are not shown here; see the run." in texts(card.blocks)
    assert message_problems(card.blocks) == []


def test_nothing_of_the_models_is_markup() -> None:
    """Mentions, links and emoji in values stay letters."""
    evil = "<!channel> <https://evil.example|safe> *bold* :tada:"
    card = open_card(approval(arguments={"vendor_id": evil}, summary=evil, reasons=[]), URL)
    marked = [part for block in card.blocks for part in block.get("elements", []) if part.get("type") == "mrkdwn"]
    assert [part["text"] for part in marked] == [
        "Expires <!date^1795381200^{date_short_pretty} at {time}|2026-11-22 21:00 UTC>",
        f"<{URL}/executions/exe-1|Open the run>",
    ]
    assert '"emoji": true' not in json.dumps(card.blocks)


def test_invisible_and_mixed_characters_are_named() -> None:
    """A reader sees what a machine would."""
    shown = "\n".join(
        texts(
            open_card(
                approval(arguments={"vendor_id": "V\u202e1\u200b", "note": "p\u0430ypal xn--80ak6aa92e"}), URL
            ).blocks
        )
    )
    assert "V[U+202E]1[U+200B]" in shown
    assert "mixes Cyrillic and Latin" in shown
    assert "punycode name 'xn--80ak6aa92e'" in shown


def test_a_quorum_shows_who_agreed() -> None:
    """And keeps its buttons."""
    card = open_card(approval(quorum=2, decisions=[said()]), URL)
    assert "1 of 2 people agreed: ada" in texts(card.blocks)
    assert "approve" in buttons(card.blocks)


def test_the_decided_card_says_who_what_when_and_has_no_buttons() -> None:
    """With the reason of a rejection."""
    card = closed_card(approval(status="rejected", decisions=[said("reject", reason="no order")]), URL)
    whole = "\n".join(texts(card.blocks))
    assert "Rejected by ada at 2026-11-22 20:01 UTC through Slack\n“no order”" in whole
    assert buttons(card.blocks) == {}


def test_the_edited_card_shows_what_changed() -> None:
    """Before and after, and what was taken away."""
    edited = {"vendor_id": "V-1", "amount": 9, "currency": "EUR"}
    card = closed_card(approval(status="edited", decisions=[said("edit", arguments=edited)]), URL)
    shown = texts(card.blocks)
    assert "12.5 → 9" in shown
    assert shown[shown.index("note") + 1] == "March → (removed)"
    assert "V-1 → V-1" not in shown


@pytest.mark.parametrize(("status", "words"), [("expired", "Nobody decided by"), ("revoked", "The execution ended")])
def test_an_undecided_card_says_why(status: str, words: str) -> None:
    """It was not run, and the card says so."""
    whole = "\n".join(texts(closed_card(approval(status=status), URL).blocks))
    assert words in whole
    assert "not run" in whole


def test_without_a_console_the_card_names_the_command() -> None:
    """There is always a way to the whole."""
    assert "The run: tollgate show exe-1" in texts(open_card(approval(), "").blocks)


@given(
    st.dictionaries(st.text(min_size=1, max_size=300), st.text(max_size=4000) | st.integers() | st.lists(st.text())),
    st.text(max_size=4000),
)
def test_every_card_is_within_slacks_limits(arguments: dict[str, Any], summary: str) -> None:
    """Whatever a model writes, Slack takes the card."""
    asked = approval(arguments=arguments, summary=summary, sinks=list(arguments)[:3])
    decided = asked.model_copy(
        update={"status": "edited", "decisions": [said("edit", arguments={"a": summary}, reason=summary)]}
    )
    for card in (open_card(asked, URL), closed_card(decided, ""), moved_card(asked, URL)):
        assert message_problems(card.blocks) == []
        assert not is_too_long(card.blocks)


def test_the_edited_card_does_not_pass_the_old_line_off_as_what_runs() -> None:
    """What was proposed is called so."""
    decided = said("edit", arguments={"vendor_id": "V-2", "amount": 12.5})
    shown = texts(closed_card(approval(status="edited", decisions=[decided]), URL).blocks)
    assert "Proposed: Post 12.5 EUR to V-1" in shown
    assert "Post 12.5 EUR to V-1" not in shown


def test_a_change_deep_in_a_long_text_is_shown_where_it_is() -> None:
    """Before and after never look the same."""
    decided = said("edit", arguments={"vendor_id": "V-1", "note": "x" * 1000 + "NEW" + "y" * 1000})
    about = approval(
        status="edited", decisions=[decided], arguments={"vendor_id": "V-1", "note": "x" * 1000 + "OLD" + "y" * 1000}
    )
    [change] = [text for text in texts(closed_card(about, URL).blocks) if "\u2192" in text]
    before, after = change.split("\u2192")
    assert "OLD" in before
    assert "NEW" in after


def test_approvers_beyond_twenty_are_counted() -> None:
    """On every card that names them."""
    many = approval(approvers=[f"user:p{number:02}" for number in range(25)])
    for card in (open_card(many, URL), moved_card(many, URL)):
        assert "user:p19 and 5 more" in "\n".join(texts(card.blocks))


def test_an_emoji_counts_as_the_two_that_a_browser_counts() -> None:
    """A value of 1,500 of them fills a section that a reader would call half full."""
    for count, approves in ((1300, True), (1450, False)):
        card = open_card(approval(arguments={"vendor_id": "\U0001f600" * count}), URL)
        assert ("approve" in buttons(card.blocks)) is approves
        assert message_problems(card.blocks) == []


def test_a_name_of_the_models_own_is_shown_as_the_models_words() -> None:
    """Where the manifest takes any argument, a name is text like a value, and no heading of ours."""
    claim = "approved by ana"
    about = approval(arguments={"vendor_id": "V-1", claim: "yes"}, argument_schema={"type": "object"}, sinks=[])
    blocks = open_card(about, URL).blocks
    [pair] = [block for block in blocks if claim in json.dumps(block)]
    assert [part["text"] for part in pair["fields"]] == ["(a name of the model's own)", f'{{"{claim}": "yes"}}']
    assert blocks[blocks.index(pair) + 1]["elements"][0]["text"] == "written by the model"
