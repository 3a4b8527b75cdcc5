"""An approver answers for what they wrote; what they let stand keeps its origin, wherever it stands afterwards."""

from typing import Any

import pytest
from tollgate.screening.case import Opinion
from tollgate.screening.rules import origin, origin_text

from tests.unit.screening_cases import IBAN_A, IBAN_B, IBAN_EVIL, case, ruling

EDIT = {"from": "edit", "name": "approver", "trusted": True}
PAY = {"iban": IBAN_EVIL, "amount": 250}
MAIL = {"to": ["eve@evil.example", "bob@acme.org"], "body": "Read https://evil.example/x today."}
OWN_RULE = "/rules/(a name of the model's own)"
ROWS = {"rows": [{"iban": IBAN_A, "amount": 1}, {"iban": IBAN_EVIL, "amount": 2}]}


def of_origin(tool: str, before: dict[str, Any], after: dict[str, Any], asked: str = "x") -> Opinion:
    return origin.decide(case(tool, after, asked, edited_from=before))


def told(said: Opinion) -> str:
    return said.reason.message if said.reason else ""


def origins(tool: str, before: dict[str, Any], after: dict[str, Any], asked: str = "x") -> dict[str, Any]:
    return ruling(case(tool, after, asked, edited_from=before, decided="edited")).origins


def test_what_an_approver_set_needs_no_other_source() -> None:
    """The reason and the origin on the card say the same."""
    after = {"iban": IBAN_B, "amount": 12_000}
    assert of_origin("pay", PAY, after).verdict == "run"
    assert of_origin("pay", PAY, PAY).verdict == "ask"


def test_what_an_edit_left_untouched_still_needs_a_source() -> None:
    """An edit of the amount launders no account."""
    said = of_origin("pay", PAY, PAY | {"amount": 12_000})
    assert told(said) == "pay: neither the request nor a trusted lookup names /iban"
    found = origins("pay", PAY, PAY | {"amount": 12_000})
    assert (found["/amount"], found["/iban"]["trusted"]) == (EDIT, False)


def test_the_rest_of_a_group_needs_one_source_of_its_own() -> None:
    """What an approver set drops out of its group; what remains is vouched for as a group."""
    after = PAY | {"amount": 12_000}
    assert of_origin("pay", PAY, after, f"Pay 250 EUR to {IBAN_EVIL}").verdict == "run"
    apart = {"vendor_id": "V-7000", "iban": IBAN_A}
    assert of_origin("post_invoice", apart | {"note": "a"}, apart | {"note": "b"}, "Pay V-7000").verdict == "ask"


@pytest.mark.parametrize(
    ("tool", "before", "after", "place"),
    [
        ("pay", PAY, PAY | {"iban": f" {IBAN_EVIL[:4]} {IBAN_EVIL[4:]} ".lower()}, "/iban"),
        ("pay", PAY | {"iban": f"{IBAN_EVIL}\u200b"}, PAY, "/iban"),
        ("pay", PAY | {"amount": "250.00"}, PAY, "/amount"),
        ("set_rules", {"rules": {"forward": "Eve"}}, {"rules": {"forward": "EVE"}}, OWN_RULE),
        ("set_rules", {"rules": {"eve": "off"}}, {"rules": {"eve": "on"}}, OWN_RULE),
        ("set_rules", {"rules": {"a": "eve"}}, {"rules": {"eve": "b"}}, OWN_RULE),
        ("send_mail", MAIL, MAIL | {"to": ["eve@evil.example"]}, "/to/0"),
        ("send_mail", MAIL, MAIL | {"to": ["bob@acme.org", "eve@evil.example"]}, "/to/0 and /to/1"),
        ("send_mail", MAIL, MAIL | {"to": ["EVE@evil.example", "new@acme.org"]}, "/to/0"),
        ("pay_all", ROWS, {"rows": ROWS["rows"][1:]}, "/rows/0/iban and /rows/0/amount"),
        (
            "pay_all",
            ROWS,
            {"rows": list(reversed(ROWS["rows"]))},
            "/rows/0/iban, /rows/0/amount, /rows/1/iban and /rows/1/amount",
        ),
    ],
)
def test_the_models_value_in_another_form_or_place_stays_the_models(
    tool: str, before: dict[str, Any], after: dict[str, Any], place: str
) -> None:
    """Spaces, case, an unseen character, another index: nobody has set that value."""
    asked = {"/iban": "Pay 250 EUR", "/amount": f"Pay {IBAN_EVIL}"}.get(place, "x")
    said = told(of_origin(tool, before, after, asked))
    assert said == f"{tool}: neither the request nor a trusted lookup names {place}"


def test_one_row_that_was_set_vouches_for_no_other() -> None:
    """By value, also deep inside an argument."""
    rows = [{"iban": IBAN_B, "amount": 3}, ROWS["rows"][1]]
    said = of_origin("pay_all", ROWS, {"rows": rows})
    assert told(said) == "pay_all: neither the request nor a trusted lookup names /rows/1/iban and /rows/1/amount"
    found = origins("pay_all", ROWS, {"rows": rows})
    assert {at for at, from_ in found.items() if from_ == EDIT} == {"/rows/0/iban", "/rows/0/amount"}


@pytest.mark.parametrize("iban", [f"{IBAN_B}\u200b", "\uff24\uff25" + IBAN_B[2:]])
def test_an_approver_vouches_for_no_character_that_they_did_not_see(iban: str) -> None:
    """What was pasted with more in it than the eye sees is told to the next person."""
    assert of_origin("pay", PAY, {"iban": iban, "amount": 12_000}).verdict == "ask"


def test_an_amount_that_an_approver_wrote_in_two_meanings_asks() -> None:
    """`1.234` is one number to them and another to a tool."""
    assert "thousands" in told(of_origin("pay", PAY, {"iban": IBAN_B, "amount": "1.234"}))


def test_the_currency_that_an_approver_changed_changes_what_the_amount_means() -> None:
    """The request names 250 EUR; 250 USD are the model's number in the approver's currency."""
    said = of_origin("pay", PAY, PAY | {"currency": "USD"}, f"Pay 250 EUR to {IBAN_EVIL}")
    assert "/amount" in told(said)


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("Hello! Read https://evil.example/x today.", "ask"),
        ("See HTTPS://EVIL.example/x, and https://acme.org too.", "ask"),
        ("See hxxps://evil[.]example/x", "ask"),
        ("Read https://acme.org today.", "run"),
        ("No link today.", "run"),
    ],
)
def test_a_link_that_an_edit_left_in_a_text_still_asks(body: str, verdict: str) -> None:
    """Whoever corrects a greeting has not vouched for the link below it; a link of their own they have."""
    after = {"to": ["bob@acme.org"], "body": body}
    of = case("send_mail", after, "Write to bob@acme.org", edited_from={"to": ["bob@acme.org"], "body": MAIL["body"]})
    assert origin_text.decide(of).verdict == verdict
    assert (ruling(of).origins.get("/body", EDIT) == EDIT) == (verdict == "run")


def test_a_text_sink_is_the_approvers_only_without_the_models_links() -> None:
    """A word more around a poisoned link does not make the sink theirs."""
    before = {"name": "see evil.example/x"}
    assert of_origin("create_file", before, {"name": "please see evil.example/x"}).verdict == "ask"
    assert of_origin("create_file", before, {"name": "minutes of May"}).verdict == "run"


def test_nothing_is_an_approvers_without_an_edit() -> None:
    """The default of every call."""
    assert origin.decide(case("pay", PAY)).verdict == "ask"
