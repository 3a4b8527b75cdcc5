"""Time linear in the text, for every detector and for text written to make it slow."""

import pytest
from tollgate.detection.detect import DETECTORS, detect

from tests.cpu_time import seconds

HINTS = " ".join(sorted({hint for detector in DETECTORS for hint in detector.hints}))
REPEATED = [
    "a", "1", "1 ", "+1", "a@", "a@a.", "a@" + "a" * 62 + "-", "A1", "DE44 ", "4111-", "(212) ", "123.456.",
    "AAAAAA00A", "-----BEGIN PRIVATE KEY-----", "-----BEGIN A A A PRIVATE KEY-----" + "-a" * 100, "eyJ", "eyJ.",
    "eyJaaaaaaaa.",
    'password="', "password=", "password: ", "authorization: ", "authorization=bearer ", "Bearer " + "a" * 16 + " ",
    "://a:", "://" + "a" * 128, "ssn ", "SG." + "a" * 16 + ".", "AKIA", "ghp_", "sk-", "xoxb-", "\\n", "secret access ",
]  # fmt: skip
SHORT, LONG = 50_000, 400_000


@pytest.mark.parametrize("part", REPEATED, ids=lambda part: part[:24])
def test_eight_times_the_text_takes_about_eight_times_as_long(part: str) -> None:
    """Quadratic time would be sixty-four times; thirty leaves room for a machine that does other things."""
    short, long = _seconds(part, SHORT), _seconds(part, LONG)
    assert long < 30 * max(short, 0.002), f"{short:.4f} s, then {long:.4f} s"


def _seconds(part: str, size: int) -> float:
    text = (part * (size // len(part) + 1))[:size] + HINTS
    return min(_once(text) for _ in range(2))


def _once(text: str) -> float:
    return seconds(lambda: detect(text))
