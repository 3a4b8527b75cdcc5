"""Named detectors over a text: secrets and personal data, in time linear in its length.

`docs/redaction.md` lists every name. Redaction masks what the secret detectors find; answer screening uses both kinds.
Must not import anything of Tollgate but this package: logging needs it before anything else is set up.
"""

from dataclasses import replace

from tollgate.detection.detector import Detector, Finding
from tollgate.detection.hinted import Hinted
from tollgate.detection.personal_data import PERSONAL_DATA
from tollgate.detection.provider_keys import PROVIDER_KEYS
from tollgate.detection.written_secrets import WRITTEN_SECRETS

SECRETS: tuple[Detector, ...] = (*PROVIDER_KEYS, *WRITTEN_SECRETS)
DETECTORS: tuple[Detector, ...] = (*SECRETS, *PERSONAL_DATA)
"""In order of precedence: where two start at the same place and are as long, the first names the finding."""

LEAST_SECRET = 8
"""Shorter than the shortest that names itself, `pwd=1234`; most numbers and words of a JSON document are shorter."""


_made: dict[int, Hinted] = {}


def detect(text: str, detectors: tuple[Detector, ...] = DETECTORS) -> list[Finding]:
    """Every finding, from left to right; those that overlap are one, named by the leftmost and then the longest."""
    lowered = text.lower()
    found = [finding for detector in _hinted(detectors).of(lowered) for finding in detector.find(text, lowered)]
    found.sort(key=lambda finding: (finding.start, -finding.end))
    kept: list[Finding] = []
    for finding in found:
        if not kept or finding.start >= kept[-1].end:
            kept.append(finding)
        elif finding.end > kept[-1].end:
            kept[-1] = replace(kept[-1], end=finding.end)
    return kept


def _hinted(detectors: tuple[Detector, ...]) -> Hinted:
    """Kept by identity, with the tuple: comparing dozens of detectors would cost more than looking for them."""
    made = _made.get(id(detectors))
    if made is None or made.detectors is not detectors:
        made = _made[id(detectors)] = Hinted(detectors)
    return made


def detect_secrets(text: str) -> list[Finding]:
    """Findings of the secret detectors alone."""
    return detect(text, SECRETS) if len(text) >= LEAST_SECRET else []
