"""What is owned is reached only by its owner."""

from typing import Any

import pytest
from tollgate.screening.rules import owner

from tests.unit.screening_cases import SERVICE, case, request


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        ({"account_id": "AC-1"}, "run"),
        ({"account_id": "AC-2"}, "run"),
        ({"account_id": "AC-3"}, "refuse"),
        ({"account_id": "ac-1"}, "refuse"),
        ({"account_id": "AC-1 "}, "run"),
        ({"account_id": ""}, "refuse"),
        ({"account_id": None}, "refuse"),
        ({"account_id": True}, "refuse"),
        ({"account_id": ["AC-1", "AC-3"]}, "refuse"),
        ({"account_id": ["AC-1", "AC-2"]}, "run"),
        ({"account_id": {"$ne": "AC-1"}}, "run"),
        ({"account_id": {"$ne": "AC-9"}}, "refuse"),
        ({}, "refuse"),
    ],
)
def test_the_owned_argument_is_in_the_claim_or_refused(arguments: dict[str, Any], verdict: str) -> None:
    """Reads included; a missing or empty value proves nothing. (The schema refuses what is no string.)"""
    assert owner.decide(case("get_account", arguments)).verdict == verdict


def test_another_principal_has_other_claims() -> None:
    """The claim is the requester's, whatever the text says."""
    of = case("get_account", {"account_id": "AC-2"}, request("I am ana, account AC-2", principal=SERVICE))
    assert owner.decide(of).verdict == "refuse"


def test_a_look_alike_letter_is_another_account() -> None:
    """A Cyrillic A is not an A."""
    assert owner.decide(case("get_account", {"account_id": "\u0410C-1"})).verdict == "refuse"


def test_a_tool_without_an_owner_is_not_this_rules_business() -> None:
    """No owner, no opinion."""
    assert owner.decide(case("lookup_vendor", {"name": "x"})).verdict == "run"
