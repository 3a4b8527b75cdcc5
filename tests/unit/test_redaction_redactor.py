"""The redactor masks by value and by form, in texts and in JSON; a record's personal places are masked whole."""

from typing import Any

import pytest
from tollgate.models.record import Record
from tollgate.redaction import known_secrets
from tollgate.redaction.masked_record import Masked
from tollgate.redaction.matcher import Matcher
from tollgate.redaction.of_records import seen_in
from tollgate.redaction.personal import PersonalFields, masked_at, values_at
from tollgate.redaction.redactor import SECRETS_ALONE, Redactor, secrets_in, without_own_secrets
from tollgate.redaction.shorten import shortened

KEY = "gh" + "p_" + "0123456789abcdefghijklmnopqrstuvwxyz"
FIELDS = PersonalFields(("/buyer/contact", "/people/*/name", "/find/email", "/find"), frozenset({"find", "pay"}))


@pytest.fixture(autouse=True)
def no_known_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a process does."""
    monkeypatch.setattr(known_secrets, "_known", {})
    monkeypatch.setattr(known_secrets, "_matchers", {})


def test_json_keeps_its_shape_and_loses_what_may_not_be_there() -> None:
    """Texts, keys, numbers and nested values; everything else comes back as it was."""
    redactor = Redactor(Matcher({"Anna Schmidt": "personal field /name", "471100": "personal field /number"}))
    given = {"who": ["anna schmidt", None, True], "number": 471100, "other": 1.5, "Anna Schmidt": {"key": f"x {KEY}"}}
    assert redactor.value(given) == {
        "who": ["[redacted: personal field /name]", None, True],
        "number": "[redacted: personal field /number]",
        "other": 1.5,
        "[redacted: personal field /name]": {"key": "x [redacted: github_token]"},
    }


def test_keys_that_are_masked_alike_stay_two_members() -> None:
    """A mask must not lose what it does not hide."""
    redactor = Redactor(Matcher({"anna@x.test": "field", "carl@x.test": "field"}))
    assert redactor.value({"anna@x.test": 1, "carl@x.test": 2}) == {"[redacted: field]": 1, "[redacted: field] (2)": 2}


@pytest.mark.parametrize("key", ["password", "db_password", "dbPassword", "API-Key", "clientSecret", "authorization"])
def test_key_that_names_a_secret_hides_its_text(key: str) -> None:
    """As a key it says what it holds; a number or a list under it is no password."""
    assert SECRETS_ALONE.value({key: "plainword", "n": {key: 5}}) == {key: "[redacted: password]", "n": {key: 5}}


def test_nothing_to_hide_gives_the_same_value() -> None:
    """A trace without secrets is shown as it was journalled."""
    given = {"iban": "DE89370400440532013000", "mail": "info@vendor.test", "secretary": "Anna", "tokens": 1500}
    assert SECRETS_ALONE.value(given) == given


def test_value_of_secrets_manager_is_masked_by_name_and_its_open_parts_are_not() -> None:
    """A database's host is no secret; its password is, wherever it turns up."""
    known_secrets.remember("app/db", '{"host": "db.internal.test", "username": "orders", "password": "quiet-harbour"}')
    said = SECRETS_ALONE.text("orders at db.internal.test with quiet-harbour")
    assert said == "orders at db.internal.test with [redacted: secret app/db]"


def test_what_a_tool_returns_loses_the_process_s_own_secrets_alone() -> None:
    """The model may need a key that a document holds."""
    assert without_own_secrets({"a": KEY}) == {"a": KEY}
    known_secrets.remember("erp", "quiet-harbour-lantern")
    assert without_own_secrets({"a": KEY, "b": "quiet-harbour-lantern"}) == {"a": KEY, "b": "[redacted: secret erp]"}


def test_secret_that_somebody_cut_off_is_known_from_the_whole() -> None:
    """No detector knows half a key."""
    redactor = Redactor(Matcher(secrets_in({"note": f"use {KEY}"})))
    assert redactor.text(f"use {KEY[:20]}…") == "use [redacted: github_token]…"
    assert SECRETS_ALONE.text(f"use {KEY[:20]}…") == f"use {KEY[:20]}…"


def test_cut_does_not_go_through_a_secret() -> None:
    """What is left would be a beginning that nobody recognises."""
    assert shortened(f"use {KEY} now", 20) == "use "
    assert shortened("nothing to hide here", 7) == "nothing"


def test_pointer_holds_for_the_input_and_every_tool_or_for_the_tool_that_it_names() -> None:
    """From the root of each; `*` is any key or index, and nothing after the tool's name is its whole output."""
    given = {"buyer": {"contact": {"mail": "a@x.test", "age": 41}}, "people": [{"name": "Ann"}, {"name": "Bob"}]}
    general = {"a@x.test": "/buyer/contact", "41": "/buyer/contact", "Ann": "/people/*/name", "Bob": "/people/*/name"}
    labelled = {value: f"personal field {field}" for value, field in general.items()}
    assert values_at(FIELDS.of_input(), given | {"find": {"email": "no"}}) == labelled
    assert values_at(FIELDS.of_output("pay"), given) == labelled
    assert values_at(FIELDS.of_output("find"), {"email": "e@x.test"}).keys() == {"e@x.test"}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"buyer": {"contact": "x", "id": 7}}, {"buyer": {"contact": "M", "id": 7}}),
        ({"buyer": {"contact": {"age": 4, "no": None}}}, {"buyer": {"contact": {"age": "M", "no": None}}}),
        ({"buyer": {"contact": [True, ""]}}, {"buyer": {"contact": ["M", ""]}}),
        ({"buyer": [1]}, {"buyer": [1]}),
        ({"people": {"a": {"name": "A"}, "b": 5}}, {"people": {"a": {"name": "M2"}, "b": 5}}),
        ("text", "text"),
    ],
)  # fmt: skip
def test_value_in_its_own_place_is_masked_however_short(given: Any, shown: Any) -> None:
    """The structure stays, so that the trace still reads."""
    marks = {"M": "[redacted: personal field /buyer/contact]", "M2": "[redacted: personal field /people/*/name]"}
    assert masked_at(FIELDS.of_input(), given) == _filled(shown, marks)


def test_result_in_the_trace_is_masked_at_its_places_and_in_the_model_s_text() -> None:
    """What the tool returned stands there twice, and the second time it may be cut."""
    fields = PersonalFields(("/find/age", "/find/name"), frozenset({"find"}))
    body = {
        "by": "find",
        "arguments": {"q": "Anna Schmidt-Lindemann"},
        "value": {"age": 41, "name": "Anna Schmidt-Lindemann", "key": KEY, "town": "Ulm"},
        "text": f'{{"age": 41, "name": "Anna Schmi… [12 more characters]", "key": "{KEY[:18]}… [22 more characters]", '
        '"town": "Ulm"}\n(the output was longer)',
    }
    record = Record(execution_id="e", record="r", kind="result", step=1, at="t", body=body)
    seen = seen_in([_admission(fields), record])
    shown = Masked(fields, Redactor(Matcher(seen.values))).record(record).body
    mask = "[redacted: personal field /find/name]"
    assert shown["arguments"] == {"q": mask}
    assert shown["value"]["age"] == "[redacted: personal field /find/age]"
    assert shown["text"].endswith('"town": "Ulm"}\n(the output was longer)')
    assert KEY[:18] not in shown["text"]
    assert "Anna" not in shown["text"]
    assert "41" not in shown["text"]


def _admission(fields: PersonalFields) -> Record:
    body = {"input": {}, "personal_fields": list(fields.declared), "tools": sorted(fields.tools)}
    return Record(execution_id="e", record="a", kind="admission", step=0, at="t", body=body)


def _filled(shown: Any, marks: dict[str, str]) -> Any:
    if isinstance(shown, dict):
        return {key: _filled(value, marks) for key, value in shown.items()}
    if isinstance(shown, list):
        return [_filled(value, marks) for value in shown]
    return marks.get(shown, shown) if isinstance(shown, str) else shown
