"""Hostile lengths cost linear time: 60,000 characters end within the second that a quadratic search could not keep."""

import pytest
from tollgate.screening import identifiers
from tollgate.screening.formats import forms
from tollgate.screening.instruction import Instruction
from tollgate.screening.sinks import Value

from tests.cpu_time import seconds

LENGTH = 60_000
HOSTILE = [
    "a", "a.", "a@", "-", "1", "1 ", "1.", "1,", "DE12 ", "a-", "http://", " ", "do not ", "a: ", "'", "www.", "x@x.",
    "%", "May 1 ", "1/1/", "A1", "../", "€1 ", "a b. ", "not. ", "\u200b", "\u0430.",
]  # fmt: skip
VALUES = [
    Value("/x", "x", "DE12DE12DE12DE12", "iban"),
    Value("/x", "x", 1, "decimal"),
    Value("/x", "x", "a@a.aa", "email"),
    Value("/x", "x", "a.aa", "url"),
    Value("/x", "x", "2026-01-01", "date"),
    Value("/x", "x", "1111111", "account"),
    Value("/x", "x", "aaaa", "text"),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_looking_for_identifiers_is_linear(unit: str) -> None:
    """A quadratic pattern took 14 to 45 seconds on these."""
    text = unit * (LENGTH // len(unit))
    assert seconds(lambda: identifiers.find(text)) < 3


@pytest.mark.parametrize("unit", HOSTILE)
def test_looking_for_a_value_in_an_instruction_is_linear(unit: str) -> None:
    """Every format, in one long text."""
    text = unit * (LENGTH // len(unit))

    def work() -> None:
        instruction = Instruction(text)
        for value in VALUES:
            instruction.names_together([value, VALUES[0]])
        assert instruction.words is not None

    assert seconds(work) < 6


@pytest.mark.parametrize("unit", HOSTILE)
def test_bringing_a_value_into_its_form_is_linear(unit: str) -> None:
    """Every format, of one long value."""
    text = unit * (LENGTH // len(unit))
    assert seconds(lambda: [forms.canonical(kind, text) for kind in forms.KINDS]) < 3
