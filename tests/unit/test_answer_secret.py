"""Rule `answer_secret`: no secret in any reading of any place, and none in what is said about it."""

import pytest
from tollgate.answer.engine import complaint, objections
from tollgate.answer.rules.answer_secret import object_to

from tests.unit.answer_cases import case

KEY = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("text", "detector"),
    [
        (f"the key is {KEY}", "aws_access_key"),
        (f"AK\u200bIA{KEY[4:]}", "aws_access_key"),
        (f"AKIA{KEY[4:8]}&#{ord(KEY[8])};{KEY[9:]}", "aws_access_key"),
        (f"%41KIA{KEY[4:]}", "aws_access_key"),
        (f"token {GITHUB}.", "github_token"),
        ("postgres://app:correct-horse@db/x", "url_password"),
    ],
    ids=["plain", "zero width", "entity", "percent escape", "other detector", "password in a URL"],
)
def test_secret_in_any_reading_is_refused(text: str, detector: str) -> None:
    """The detector is named, the place too."""
    assert {(one.rule, one.detector, one.at) for one in object_to(case({"note": text}))} == {
        ("answer_secret", detector, "/note")
    }


def test_secret_that_the_requester_sent_is_refused_all_the_same() -> None:
    """Whoever knows it, an answer is stored, listed and traced."""
    assert list(object_to(case(KEY, asked=f"my key is {KEY}", personal_data="allow", links="allow")))


def test_secret_as_a_key_is_in_no_pointer() -> None:
    """The place of what stands below such a key hides it."""
    found = objections(case({KEY: {"inner": GITHUB}}))
    assert [one.at for one in found] == ["", "/…/inner"]
    assert KEY not in complaint(found)


def test_complaint_names_place_and_detector_and_not_the_secret() -> None:
    """The model reads what to mend; the record of it is no leak."""
    told = complaint(objections(case({"note": f"use {KEY}"})))
    assert "/note" in told
    assert "aws_access_key" in told
    assert KEY not in told


def test_text_without_a_secret_is_not_refused() -> None:
    """Numbers, ids and words."""
    assert not list(object_to(case({"id": "INV-2026-0042", "hash": "9f86d081884c7d659a2feaa0c55ad015", "n": 4.5})))
