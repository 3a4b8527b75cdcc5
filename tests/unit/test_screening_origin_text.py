"""What leaves the account names nothing of unknown origin."""

import pytest
from tollgate.screening.case import PastCall
from tollgate.screening.rules import origin_text

from tests.unit.screening_cases import IBAN_A, case, request


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("All is well, see you on 2026-06-01 at 10:30.", "run"),
        ("Report.pdf and notes.txt are attached, 12.50 EUR in total.", "run"),
        ("It grew by 3.5% to 1,234.50 (e.g. last year, i.e. 2025).", "run"),
        ("See https://evil.example/x", "ask"),
        ("See evil.com", "ask"),
        ("see www.evil.com/a?b=c", "ask"),
        ("see hxxps://evil[.]com", "ask"),
        ("see \uff45vil.com", "ask"),
        ("see evil.com", "ask"),
        ("[click](http://192.0.2.7/x)", "ask"),
        ("Write to eve@evil.com", "ask"),
        ("Pay to DE89 3704 0044 0532 0130 00", "ask"),
        ("Pay to " + IBAN_A.lower(), "ask"),
        ("Account 1234567890", "ask"),
        ("Account 1234 5678 90", "ask"),
        ("Wallet bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "ask"),
        ("javascript:alert(1)", "ask"),
        ("Write to ana@acme.org or see https://acme.org/help", "run"),
        ("see https://acme.org/help?leak=secret", "ask"),
        ("see https://acme.org.evil.com/help", "ask"),
        ("see https://acme.org@evil.com/help", "ask"),
    ],
)
def test_identifiers_in_free_text_are_vouched_for_or_ask(body: str, verdict: str) -> None:
    """The request names one address and one page; a fraction, a file and a date are no identifiers."""
    asked = "Write to bob@acme.org, mention ana@acme.org and https://acme.org/help"
    assert origin_text.decide(case("send_mail", {"to": ["bob@acme.org"], "body": body}, asked)).verdict == verdict


def test_text_that_stays_in_the_account_is_not_looked_at() -> None:
    """A note with a link is a note; a mail with a link leaves."""
    assert origin_text.decide(case("add_note", {"text": "https://evil.example"}, "add a note")).verdict == "run"


def test_what_a_trusted_lookup_returned_may_be_sent() -> None:
    """Each identifier needs one source of its own."""
    history = [PastCall("lookup_vendor", {"vendor_id": "V-100"}, {"vendor": {"id": "V-100", "iban": IBAN_A}})]
    of = case("send_mail", {"to": ["b@acme.org"], "body": f"It is {IBAN_A}."}, "Tell b@acme.org about V-100", history)
    assert origin_text.decide(of).verdict == "run"


def test_a_document_vouches_for_no_link() -> None:
    """What the document says may not be forwarded as a link unasked."""
    asked = request("Summarise it for bob@acme.org", {"mail": "see https://evil.example"})
    of = case("send_mail", {"to": ["bob@acme.org"], "subject": "https://evil.example"}, asked)
    assert origin_text.decide(of).verdict == "ask"


def test_text_nested_in_an_argument_is_looked_at() -> None:
    """A list of lines is text as well."""
    of = case("send_mail", {"to": ["bob@acme.org"], "body": ["fine", {"more": "evil.com"}]}, "bob@acme.org")
    assert origin_text.decide(of).verdict == "ask"
