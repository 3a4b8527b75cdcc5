"""`tollgate screen`: a verdict for every line, in order; what cannot be judged is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tollgate.screening import dry_run

from tests.unit.screening_cases import CLERK, IBAN_A, NOW, TOOLS, vendor

PRINCIPAL = {"id": "ana", "tenant": "acme", "kind": "person", "claims": {}}


def line(name: str = "cancel_plan", arguments: Any = None, instruction: str = "cancel my plan", **more: Any) -> str:
    asked = {"instruction": instruction, "documents": {}, "principal": PRINCIPAL}
    return json.dumps({"request": asked, "history": [], "call": {"name": name, "arguments": arguments or {}}, **more})


def answer(text: str | bytes, now: datetime = NOW) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(dry_run.answer(CLERK, TOOLS, text, now))
    return said


def test_a_line_is_answered_with_verdict_reasons_and_message() -> None:
    """The three fields of the contract, and no other."""
    assert answer(line()) == {"verdict": "run", "reasons": [], "message_to_model": None}
    refused = answer(line("nope"))
    assert set(refused) == {"verdict", "reasons", "message_to_model"}
    assert refused["verdict"] == "refuse"
    assert refused["reasons"][0]["rule"] == "unknown_tool"
    assert "Your tools are" in refused["message_to_model"]


def test_history_vouches_as_in_a_run() -> None:
    """The dry run asks the same engine."""
    past = [{"tool": "lookup_vendor", "arguments": {"vendor_id": "V-100"}, "output": vendor()}]
    call = ("post_invoice", {"vendor_id": "V-100", "iban": IBAN_A})
    assert answer(line(*call, "Pay V-100"))["verdict"] == "ask"
    assert answer(line(*call, "Pay V-100", history=past))["verdict"] == "run"
    failed = [{**past[0], "ok": False}]
    assert answer(line(*call, "Pay V-100", history=failed))["verdict"] == "ask"


def test_the_day_decides_about_waivers() -> None:
    """Past the review date the same call asks."""
    assert answer(line(), datetime(2027, 7, 1, 12, tzinfo=UTC))["reasons"][0]["rule"] == "waiver"


@pytest.mark.parametrize(
    "bad",
    [
        "", "\n", "{", "[]", "null", "7", '"x"', "{}", '{"request": {}}', "\ud800", line().replace('"call"', '"cal"'),
        line().replace("person", "robot"), line().replace('"history": []', '"history": {}'), b"\xff\xfe{}",
        line().replace("{}", "NaN"), '{"a":' * 3000, line().replace('"history"', '"history": [], "history"'),
        line().replace('"tenant"', '"id": "eve", "tenant"'), line().replace('"claims": {}', '"claims": {"a": "b"}'),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_what_is_wrong(bad: str | bytes) -> None:
    """It has the shape of every answer; nothing is guessed, and nothing that cannot be judged runs."""
    said = answer(bad)
    assert set(said) == {"verdict", "reasons", "message_to_model"}
    assert said["verdict"] == "refuse"
    assert [reason["rule"] for reason in said["reasons"]] == ["malformed_line"]


@pytest.mark.parametrize(
    "harmless",
    [
        line(id=7, comment="mine"),
        line().replace('"documents": {}', '"documents": null, "language": "en"'),
        line().replace('"history": []', '"history": null'),
        line().replace('"claims": {}', '"claims": null, "name": "Ana"'),
        line().replace('"name": "cancel_plan"', '"name": "cancel_plan", "toolUseId": "t1"'),
        line().replace('"documents": {}', '"documents": {"form": {"iban": ["x", null]}, "size": 3}'),
    ],
)
def test_keys_of_the_callers_own_and_nulls_are_let_be(harmless: str) -> None:
    """What nobody reads changes no verdict; a document that is no text is judged as its JSON."""
    assert answer(harmless)["verdict"] == "run"


def test_a_call_with_an_error_in_the_history_vouches_for_nothing() -> None:
    """An error may stand under its own key, as tools report it."""
    past = {"tool": "lookup_vendor", "arguments": {"vendor_id": "V-100"}, "output": vendor(), "error": "timed out"}
    call = ("post_invoice", {"vendor_id": "V-100", "iban": IBAN_A})
    assert answer(line(*call, "Pay V-100", history=[past]))["verdict"] == "ask"


def test_an_answer_is_one_line_of_ascii() -> None:
    """A line separator or half a character in a quoted name breaks no reader."""
    for name in ("a\u2028b", "a\x85b", "\ud800", "émile\n"):
        said = dry_run.answer(CLERK, TOOLS, line(name), NOW)
        assert said.isascii()
        assert len(said.splitlines()) == 1


def test_a_check_that_fails_on_a_line_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line ends the run of the lines behind it."""
    monkeypatch.setattr(dry_run, "screen", lambda *_: 1 / 0)
    assert answer(line())["verdict"] == "refuse"


def test_a_key_written_twice_in_the_call_is_refused() -> None:
    """The call is the model's: it gets a verdict, not an error of the line."""
    said = answer(line("pay", {"iban": IBAN_A}).replace('"iban"', '"iban": "x", "iban"'))
    assert said["verdict"] == "refuse"
    assert said["reasons"][0]["rule"] == "malformed_call"


@pytest.mark.parametrize("arguments", ['"{}"', "[]", "null", "9007199254740993", '{"amount": 9007199254740993}'])
def test_strange_arguments_get_a_verdict(arguments: str) -> None:
    """Any JSON value may stand there."""
    said = answer(line("pay").replace('"arguments": {}', f'"arguments": {arguments}'))
    assert said["verdict"] == "refuse"


def test_lines_are_answered_in_order_and_one_by_one() -> None:
    """A bad line does not stop the next; the first answer is there before the second line is read."""
    read: list[str] = []

    def lines() -> Any:
        for text in (line(), "{", line("nope")):
            read.append(text)
            yield text

    answers = dry_run.answers(CLERK, TOOLS, lines(), NOW)
    assert json.loads(next(answers))["verdict"] == "run"
    assert len(read) == 1
    assert json.loads(next(answers))["reasons"][0]["rule"] == "malformed_line"
    assert json.loads(next(answers))["verdict"] == "refuse"
