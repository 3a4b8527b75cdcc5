"""The input is within bounds before anything reads it: bytes, depth, numbers."""

from tollgate.admission.case import AdmissionCase, Finding, rejected
from tollgate.screening import bounds

RULE = "input_size"
MAX_BYTES = 1_000_000
"""Of JSON; the API answers 413 above 1 MB before this is reached."""


def find(case: AdmissionCase) -> list[Finding]:
    """Rejects what is too large, too deep, or holds numbers that readers read differently."""
    wrong = bounds.problem(case.input, max_bytes=MAX_BYTES)
    return [] if wrong is None else [rejected(RULE, f"the input is out of bounds: {wrong}")]
