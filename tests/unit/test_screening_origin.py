"""A sink group needs one source that may vouch for all of it. (Attacks on this rule: tests/security/test_origin_*.)"""

from typing import Any

import pytest
from tollgate.screening.case import PastCall
from tollgate.screening.rules import origin

from tests.unit.screening_cases import IBAN_A, IBAN_B, SERVICE, case, request, ruling, vendor

LOOKUP = PastCall("lookup_vendor", {"vendor_id": "V-100"}, vendor())


@pytest.mark.parametrize(
    ("instruction", "arguments", "verdict"),
    [
        (f"Pay 250 EUR to {IBAN_A}", {"iban": IBAN_A, "amount": 250}, "run"),
        (f"Pay 250.00 EUR to {IBAN_A}", {"iban": IBAN_A, "amount": 250}, "run"),
        (f"Pay €250 to {IBAN_A}", {"iban": IBAN_A, "amount": 250.0, "currency": "EUR"}, "run"),
        ("Pay 1.234,50 EUR to DE89 3704 0044 0532 0130 00.", {"iban": IBAN_A, "amount": 1234.5}, "run"),
        ("Pay 1,234.50 EUR to de89 3704 0044 0532 0130 00", {"iban": IBAN_A, "amount": "1234.50"}, "run"),
        (f"Pay 251 EUR to {IBAN_A}", {"iban": IBAN_A, "amount": 250}, "ask"),
        (f"Pay 250 EUR to {IBAN_B}", {"iban": IBAN_A, "amount": 250}, "ask"),
        (f"Pay 250 USD to {IBAN_A}", {"iban": IBAN_A, "amount": 250, "currency": "EUR"}, "ask"),
        (f"Pay 1.234 EUR to {IBAN_A}", {"iban": IBAN_A, "amount": 1234}, "ask"),
        (f"Pay 1234 EUR to {IBAN_A}", {"iban": IBAN_A, "amount": "1.234"}, "ask"),
        (f"Pay within 30 days to {IBAN_A}", {"iban": IBAN_A, "amount": 30}, "ask"),
        (f"Pay invoice 4711 to {IBAN_A}", {"iban": IBAN_A, "amount": 4711}, "ask"),
        (f"Never pay 250 EUR to {IBAN_A}", {"iban": IBAN_A, "amount": 250}, "ask"),
        ("Pay the invoice", {}, "run"),
    ],
)
def test_an_instruction_vouches_for_what_it_names(instruction: str, arguments: dict[str, Any], verdict: str) -> None:
    """Both sides are canonicalised by the declared format; what is ambiguous or denied asks."""
    assert origin.decide(case("pay", arguments, instruction)).verdict == verdict


@pytest.mark.parametrize(
    ("history", "arguments", "verdict"),
    [
        ([LOOKUP], {"vendor_id": "V-100", "iban": IBAN_A}, "run"),
        ([LOOKUP], {"vendor_id": "V-100", "iban": "de89 3704 0044 0532 0130 00"}, "run"),
        ([LOOKUP], {"vendor_id": "V-100", "iban": IBAN_B}, "ask"),
        ([], {"vendor_id": "V-100", "iban": IBAN_A}, "ask"),
        ([PastCall("lookup_vendor", {"vendor_id": "V-200"}, vendor())], {"vendor_id": "V-100", "iban": IBAN_A}, "ask"),
        ([PastCall("lookup_vendor", {}, vendor())], {"vendor_id": "V-100", "iban": IBAN_A}, "run"),
        ([PastCall("lookup_vendor", {"vendor_id": "V-100", "limit": 10}, vendor())], {"iban": IBAN_A}, "run"),
        ([PastCall("lookup_vendor", {"vendor_id": "V-100", "limit": 11}, vendor())], {"iban": IBAN_A}, "ask"),
        ([PastCall("lookup_vendor", {"vendor_id": "V-100"}, vendor(), ok=False)], {"iban": IBAN_A}, "ask"),
    ],
)
def test_a_trusted_record_vouches_if_its_lookup_was_vouched_for(
    history: list[PastCall], arguments: dict[str, Any], verdict: str
) -> None:
    """The lookup's own arguments must be vouched for, or be none, or be what the manifest fixes."""
    assert origin.decide(case("post_invoice", arguments, "Pay what we owe V-100", history)).verdict == verdict


def test_lookups_may_follow_one_another() -> None:
    """What a vouched lookup returned may choose the next lookup."""
    history = [
        PastCall("list_orders", {}, {"orders": [{"id": "PO-1", "vendor_id": "V-900"}]}),
        PastCall("lookup_vendor", {"vendor_id": "V-900"}, vendor(vendor_id="V-900")),
    ]
    of = case("post_invoice", {"vendor_id": "V-900", "iban": IBAN_A}, "Pay open orders", history)
    assert origin.decide(of).verdict == "run"


def test_the_order_of_lookups_counts() -> None:
    """A lookup is judged by what was known before it."""
    history = [
        PastCall("lookup_vendor", {"vendor_id": "V-900"}, vendor(vendor_id="V-900")),
        PastCall("list_orders", {}, {"orders": [{"id": "PO-1", "vendor_id": "V-900"}]}),
    ]
    of = case("post_invoice", {"vendor_id": "V-900", "iban": IBAN_A}, "Pay open orders", history)
    assert origin.decide(of).verdict == "ask"


def test_reads_need_no_origin() -> None:
    """Looking something up moves nothing."""
    assert origin.decide(case("lookup_vendor", {"vendor_id": "V-666"})).verdict == "run"


def test_a_service_vouches_for_nothing_but_trusted_lookups_do() -> None:
    """A service's text is a document; a lookup without arguments still vouches."""
    asked = request(f"Pay 250 EUR to {IBAN_A}", principal=SERVICE)
    assert origin.decide(case("pay", {"iban": IBAN_A, "amount": 250}, asked)).verdict == "ask"
    orders = [PastCall("list_orders", {}, {"orders": [{"iban": IBAN_A, "amount": 250}]})]
    assert origin.decide(case("pay", {"iban": IBAN_A, "amount": 250}, asked, orders)).verdict == "run"


def test_the_reason_names_the_pointers_and_tells_alone_from_together() -> None:
    """A person sees which value nobody named, or that no single source names them all."""
    alone = origin.decide(case("pay", {"iban": IBAN_B, "amount": 250}, f"Pay 250 EUR to {IBAN_A}")).reason
    assert alone is not None
    assert "/iban" in alone.message
    assert "/amount" not in alone.message
    assert alone.model_dump()["pointers"] == ["/iban", "/amount"]
    mixed = origin.decide(
        case("post_invoice", {"vendor_id": "V-7000", "iban": IBAN_A}, "Pay V-100 or V-7000", [LOOKUP])
    )
    assert mixed.reason is not None
    assert "no single source names" in mixed.reason.message


def test_the_card_shows_where_each_argument_came_from() -> None:
    """Instruction, trusted lookup, document, untrusted tool, edit, manifest and unknown are told apart."""
    history = [LOOKUP, PastCall("read_mail", {"query": "x"}, {"text": "please note: 77.10 is due"})]
    asked = request("Pay V-100", {"invoice": "the note says urgent"})
    arguments = {
        "vendor_id": "V-100",
        "iban": IBAN_A,
        "amount": 77.1,
        "currency": "XXX",
        "note": "urgent",
    }
    proposed = arguments | {"currency": "EUR"}
    origins = ruling(case("post_invoice", arguments, asked, history, edited_from=proposed)).origins
    assert origins == {
        "/vendor_id": {"from": "instruction", "name": "request", "trusted": True},
        "/iban": {"from": "tool", "name": "lookup_vendor", "trusted": True},
        "/amount": {"from": "tool", "name": "read_mail", "trusted": False},
        "/currency": {"from": "edit", "name": "approver", "trusted": True},
        "/note": {"from": "document", "name": "invoice", "trusted": False},
    }
    fixed = ruling(case("pay", {"iban": IBAN_B, "currency": "EUR"}, "x")).origins
    assert fixed["/currency"] == {"from": "manifest", "name": "pay", "trusted": True}
    assert fixed["/iban"] == {"from": "unknown", "name": "", "trusted": False}


@pytest.mark.parametrize(
    ("instruction", "total", "verdict"),
    [
        ("Refund 250 EUR", 250, "run"),
        ("Refund 12.5 please", 12.5, "run"),
        ("The total is 250", 250, "run"),
        ("Refund what I paid 250 days ago", 250, "ask"),
        ("I ordered 12 of them, refund the rest", 12, "ask"),
    ],
)
def test_a_number_without_a_format_needs_a_currency_or_a_word_that_names_it(
    instruction: str, total: float, verdict: str
) -> None:
    """A count is no amount."""
    assert origin.decide(case("refund", {"total": total}, instruction)).verdict == verdict


def test_a_truth_value_chooses_too_little_to_need_a_source() -> None:
    """A lookup with a yes or no beside its vouched argument still vouches."""
    history = [PastCall("lookup_vendor", {"vendor_id": "V-100", "active": True}, vendor())]
    of = case("post_invoice", {"vendor_id": "V-100", "iban": IBAN_A}, "Pay V-100", history)
    assert origin.decide(of).verdict == "run"


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\ufeff", "\U000e0041"])
def test_a_value_with_invisible_characters_asks(hidden: str) -> None:
    """The tool would read another value than the one that was typed, though both look and compare alike."""
    call = {"iban": IBAN_A[:6] + hidden + IBAN_A[6:], "amount": 250}
    said = origin.decide(case("pay", call, f"Pay 250 EUR to {IBAN_A}"))
    assert said.verdict == "ask"
    assert said.reason is not None
    assert "nobody sees" in said.reason.message
    assert origin.decide(case("pay", {"iban": IBAN_A, "amount": 250}, f"Pay 250 EUR to {IBAN_A}")).verdict == "run"
