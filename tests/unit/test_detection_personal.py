"""The personal-data detectors: precise by checksum, by a plus sign or by a label; everything else is let be."""

import pytest
from tollgate.detection.detect import detect
from tollgate.detection.personal_data import PERSONAL_DATA

FOUND = [
    ("email_address", "anna.schmidt+invoices@mail.example.org"),
    ("phone_number", "+49 30 901820"),
    ("phone_number", "+14155550132"),
    ("phone_number", "+44 (0)20 7946 0958"),
    ("phone_number", "(212) 555-0199"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "NL91ABNA0417164300"),
    ("iban", "GB29-NWBK-6016-1331-9268-19"),
    ("payment_card", "4111 1111 1111 1111"),
    ("payment_card", "378282246310005"),
    ("payment_card", "5555-5555-5555-4444"),
    ("payment_card", "6011111111111117"),
    ("fr_social_security_number", "2 55 08 14 168 025 38"),
    ("fr_social_security_number", "255081416802538"),
    ("it_codice_fiscale", "RSSMRA85T10A562S"),
    ("br_cpf", "529.982.247-25"),
]
LABELLED = [("SSN: {}", "219-09-9999"), ("Social Security number is {}", "219099999")]
HONEST = [
    "DE88 3704 0044 0532 0130 00 has a wrong check digit, and so has 4111 1111 1111 1112",
    "DE89 3704 0044 0532 0130 is too short",
    "order 4111111111111, lot 0000000000000000, EAN 4006381333931, GTIN 04006381333931",
    "amounts 1+12345678, 2024-03-01T10:00:00+0100, a+b, ++49 30 90",
    "219-09-9999 without a label is any number; SSN: 000-12-3456 was never given",
    "529.982.247-24 and 111.111.111-11",
    "@anna wrote at 10@9, see user@localhost and a@b",
    "2 55 13 14 168 025 38 names no month",
]


@pytest.mark.parametrize(("name", "value"), FOUND)
@pytest.mark.parametrize("around", ["{}", "write to {}.", "<a>{}</a>", '"{}", and'])
def test_personal_data_is_found_whole_and_named(name: str, value: str, around: str) -> None:
    """The finding is the value, without what stands around it."""
    text = around.format(value)
    assert [(f.detector, f.kind, text[f.start : f.end]) for f in detect(text)] == [(name, "personal", value)]


@pytest.mark.parametrize(("around", "value"), LABELLED)
def test_a_number_without_a_checksum_needs_its_label(around: str, value: str) -> None:
    """Nine digits alone are nobody's."""
    text = around.format(value)
    assert [(f.detector, text[f.start : f.end]) for f in detect(text)] == [("us_social_security_number", value)]
    assert detect(f"number {value}") == []


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_holds_no_personal_data(text: str) -> None:
    """Wrong check digits, dates, sums and article numbers are let be."""
    assert detect(text) == []


def test_every_personal_detector_has_a_case_here() -> None:
    """A detector without a case would be a promise that nothing holds."""
    assert {d.name for d in PERSONAL_DATA} == {name for name, _ in FOUND} | {"us_social_security_number"}
