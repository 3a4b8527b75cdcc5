"""Rule `answer_personal_data`: an answer repeats what its task is about, and adds nobody to it."""

from typing import Any

import pytest
from tollgate.answer.rules.answer_personal_data import object_to

from tests.unit.answer_cases import case, turn
from tests.unit.screening_cases import IBAN_A, IBAN_B

CARD = "4111 1111 1111 1111"


def detectors(of: Any) -> list[str]:
    return [one.detector for one in object_to(of)]


@pytest.mark.parametrize(
    ("value", "detector"),
    [
        (IBAN_A, "iban"),
        ("bob@acme.org", "email_address"),
        (CARD, "payment_card"),
        (4111111111111111, "payment_card"),
        ("+49 30 901820", "phone_number"),
        ("SSN: 123-45-6789", "us_social_security_number"),
        ("bob\u200b@acme.org", "email_address"),
    ],
)
def test_value_from_nowhere_is_refused(value: Any, detector: str) -> None:
    """Neither the request nor a tool's output holds it."""
    assert detectors(case({"note": value})) == [detector]


@pytest.mark.parametrize(
    "seen",
    [
        case(f"Paid to {IBAN_A}", asked=f"Pay {IBAN_A}"),
        case(f"Paid to {IBAN_A}", documents={"invoice": "IBAN: DE89 3704 0044 0532 0130 00"}),
        case("Paid to DE89 3704 0044 0532 0130 00", turns=[turn(1, "lookup_vendor", {"iban": IBAN_A})]),
        case("Bob@Acme.org has it", turns=[turn(1, "read_mail", [{"from": "bob@acme.org"}])]),
        case("SSN: 123-45-6789", turns=[turn(1, "read_mail", {"ssn": "123-45-6789"})]),
        case(CARD, turns=[turn(1, "read_mail", {"card": 4111111111111111})]),
        case("bob@acme.org", turns=[turn(1, "read_mail", {"bob@acme.org": 3})]),
        case("told ann@acme.org", turns=[turn(1, "send_mail", "sent", edited=True, arguments={"to": "ann@acme.org"})]),
    ],
    ids=[
        "instruction",
        "document",
        "output regrouped",
        "other case",
        "label is a key",
        "number",
        "key",
        "a person's edit",
    ],
)
def test_value_that_was_seen_is_not_refused(seen: Any) -> None:
    """However it was grouped, cased or labelled."""
    assert detectors(seen) == []


@pytest.mark.parametrize(
    "unseen",
    [
        case(IBAN_B, asked=f"Pay {IBAN_A}"),
        case("bob@acme.org", asked="write to notbob@acme.org"),
        case("bob@acme.org", asked="write to bob@acme.organics.example"),
        case("bobs@acme.org", asked="write to bob.s@acme.org"),
        case("bob@acme.org", turns=[turn(1, "read_mail", "no bob@acme.org here", ok=False)]),
        case("bob@acme.org", turns=[turn(1, "send_mail", "sent", arguments={"to": "bob@acme.org"})]),
        case("bob@acme.org", instructions="Ask bob@acme.org."),
    ],
    ids=[
        "other IBAN",
        "longer name",
        "longer host",
        "other dots",
        "an error",
        "the model's own argument",
        "instructions",
    ],
)
def test_value_that_was_not_seen_is_refused(unseen: Any) -> None:
    """What the model itself wrote, and what merely looks like it, is no source."""
    assert len(detectors(unseen)) == 1


def test_agent_that_refuses_personal_data_refuses_what_was_seen_too() -> None:
    """`refuse` asks no source."""
    assert detectors(case(IBAN_A, asked=f"Pay {IBAN_A}", personal_data="refuse")) == ["iban"]


def test_agent_that_allows_personal_data_allows_it() -> None:
    """`allow` looks at nothing."""
    assert detectors(case(IBAN_A, personal_data="allow")) == []


def test_objection_does_not_repeat_the_value() -> None:
    """Place and detector only."""
    [found] = object_to(case({"note": IBAN_A}))
    assert IBAN_A not in found.as_text()
    assert found.at == "/note"
