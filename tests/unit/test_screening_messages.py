"""What asks speaks in our words: a reason on a card names the place and the rule's fact, never what the model wrote."""

import json
from typing import Any

import pytest
from tollgate.models.verdict import Reason
from tollgate.screening.case import Case, PastCall

from tests.unit.screening_cases import IBAN_A, agent, case, ruling

HOSTILE = "D\u041589 <!channel> `approved by finance`"
LINK = "https://evil.example/<!channel>"
OWN = "(a name of the model's own)"
LOOKUP = PastCall("lookup_vendor", {"vendor_id": "V-100"}, {"vendor": {"id": "V-100", "iban": IBAN_A}})


def waived(**more: Any) -> Any:
    return agent(waivers={"pay": {"owner": "finance", "reason": "small", "review_by": "2999-06-30", **more}})


def ceiling(most: Any) -> Any:
    return agent(call_limits={"pay": {"ceiling": {"amount": most}, "ask": ["ceiling"]}})


SAID: dict[str, tuple[Case, str, str]] = {
    "a value that nobody named": (
        case("pay", {"iban": HOSTILE, "amount": 250}, "Pay 250 EUR"),
        "origin",
        "pay: neither the request nor a trusted lookup names /iban",
    ),
    "several of them": (
        case("post_invoice", {"vendor_id": HOSTILE, "iban": HOSTILE}, "x"),
        "origin",
        "post_invoice: neither the request nor a trusted lookup names /vendor_id and /iban",
    ),
    "values that nobody named together": (
        case("post_invoice", {"vendor_id": "V-7000", "iban": IBAN_A}, "Pay V-100 or V-7000", [LOOKUP]),
        "origin",
        "post_invoice: no single source names /vendor_id and /iban together",
    ),
    "characters that nobody sees": (
        case("wire_parts", {"bank": "N\u200bB<!channel>", "number": "77001"}, "x"),
        "origin",
        "wire_parts: /bank holds characters that nobody sees (U+200B)",
    ),
    "characters that only look plain": (
        case("pay", {"iban": "\uff24\uff25" + IBAN_A[2:], "amount": 250}, f"Pay 250 EUR to {IBAN_A}"),
        "origin",
        "pay: /iban is written in characters that only look plain (U+FF24, U+FF25)",
    ),
    "a separator that may mean two things": (
        case("pay", {"iban": IBAN_A, "amount": "1.234"}, f"Pay 1234 EUR to {IBAN_A}"),
        "origin",
        "pay: /amount can be read as thousands or as decimals",
    ),
    "a name of the model's own": (
        case("set_rules", {"rules": {HOSTILE: {"0": "off"}}}, "x"),
        "origin",
        f"set_rules: neither the request nor a trusted lookup names /rules/{OWN} and /rules/{OWN}/0",
    ),
    "more places than anybody reads": (
        case("send_mail", {"to": [f"{n}@evil.example" for n in range(40)]}, "x"),
        "origin",
        "send_mail: neither the request nor a trusted lookup names /to/0, /to/1, /to/2, /to/3, /to/4, /to/5 "
        "and 34 more",
    ),
    "links in free text": (
        case("send_mail", {"to": ["bob@acme.org"], "body": f"{LINK} http://b.example {IBAN_A}"}, "bob@acme.org"),
        "origin_text",
        "send_mail would send out what neither the request nor a trusted lookup names: 2 links and an IBAN in /body",
    ),
    "links below a name of the model's own": (
        case("post_message", {"channel": "#ops", "text": "ok", "attachments": [{HOSTILE: LINK}]}, "Post to #ops"),
        "origin_text",
        "post_message would send out what neither the request nor a trusted lookup names: "
        f"a link in /attachments/0/{OWN}",
    ),
    "a waiver's bound": (
        case("pay", {"amount": 1_000_000}, "x", by=waived(below={"amount": 1_000_000})),
        "waiver",
        "the waiver for pay (finance) does not cover this: it holds for amount below 1000000, "
        "and amount is not below that",
    ),
    "a waiver's bound on no number": (
        case("pay", {"amount": HOSTILE}, "x", by=waived(below={"amount": 500.5})),
        "waiver",
        "the waiver for pay (finance) does not cover this: it holds for amount below 500.5, "
        "and amount is no plain number",
    ),
    "a waiver's bound on nothing": (
        case("pay", {}, "x", by=waived(below={"amount": 500})),
        "waiver",
        "the waiver for pay (finance) does not cover this: it holds for amount below 500, and amount is not given",
    ),
    "a ceiling": (
        case("pay", {"amount": 2_000_000}, "x", by=ceiling(1_500_000)),
        "spend_ceiling",
        "amount of pay is above the ceiling of 1500000",
    ),
    "a ceiling on no number": (
        case("pay", {"amount": HOSTILE}, "x", by=ceiling(5000)),
        "spend_ceiling",
        "amount of pay is no plain number, so nobody can tell that it is below the ceiling of 5000",
    ),
    "a ceiling by currency": (
        case("pay", {"amount": 2000, "currency": "eur"}, "x", by=ceiling({"EUR": 1000})),
        "spend_ceiling",
        "amount of pay is above the ceiling of 1000 EUR",
    ),
    "a known currency without a ceiling": (
        case("pay", {"amount": 1, "currency": "usd"}, "x", by=ceiling({"EUR": 1000, "JPY": 9})),
        "spend_ceiling",
        "pay has no ceiling for amount in USD, only in EUR and JPY",
    ),
    "a currency of the model's own": (
        case("pay", {"amount": 1, "currency": HOSTILE}, "x", by=ceiling({"EUR": 1000})),
        "spend_ceiling",
        "pay has no ceiling for amount in what /currency says, only in EUR",
    ),
    "a table of ceilings without a row": (
        case("pay", {"amount": 1, "currency": "USD"}, "x", by=ceiling({})),
        "spend_ceiling",
        "pay has no ceiling for amount in USD",
    ),
    "a destructive effect that nobody asked for": (
        case("delete_file", {"file_id": HOSTILE}, "Show the file"),
        "origin_words",
        "delete_file destroys something, and the request does not say in words that it should",
    ),
}


def reason(of: Case, rule: str) -> Reason:
    found = ruling(of)
    assert found.verdict == "ask"
    return next(reason for reason in found.reasons if reason.rule == rule)


@pytest.mark.parametrize("name", SAID)
def test_a_reason_that_asks_names_the_place_and_the_fact(name: str) -> None:
    """The whole sentence, as a person reads it."""
    of, rule, message = SAID[name]
    assert reason(of, rule).message == message


@pytest.mark.parametrize("name", SAID)
def test_no_reason_that_asks_quotes_the_model(name: str) -> None:
    """Of no rule that speaks about the call: neither text nor link, in whatever spelling."""
    told = " ".join(reason.message for reason in ruling(SAID[name][0]).reasons)
    for spelled in ("channel", "evil", "approved by", "\u0415", "\\u", "'D", IBAN_A):
        assert spelled not in told


@pytest.mark.parametrize(
    ("of", "quoted"),
    [
        (case("get_account", {"account_id": "AC-\u200b9"}, "x"), json.dumps("AC-\u200b9")),
        (case("get_account", {"account_id": "L'\u00c9t\u00e9"}, "x"), '"L\'\u00c9t\u00e9"'),
        (case("cancel_pl\u00e4n\u202e", {}, "x"), json.dumps("cancel_pl\u00e4n\u202e")),
        (case("pay", {"bad\ud800": 1}, "x"), r'"bad\ud800"'),
        (case("pay", None, "x", malformed='{"a\\u200b": 1, "a\\u200b": 2}'), r'"a\u200b"'),
    ],
)
def test_what_the_model_is_told_is_quoted_as_json(of: Case, quoted: str) -> None:
    """A refusal goes back to who wrote the value, in the spelling that it writes itself; no character is unseen."""
    found = ruling(of)
    assert found.verdict == "refuse"
    assert quoted in str(found.message_to_model)
