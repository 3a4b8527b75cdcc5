"""Which detectors a text can concern at all: one pass over it for the hints of all of them.

Most texts hold no hint, and then that pass is all that they cost: a fraction of a microsecond for a field of JSON.
"""

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick, MatchKind

from tollgate.detection.detector import Detector


class Hinted:
    """A list of detectors with their hints; made once. Those without hints always apply."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._always = [place for place, detector in enumerate(detectors) if not detector.hints]
        self.detectors = detectors
        self._places: dict[str, list[int]] = {}
        for place, detector in enumerate(detectors):
            for hint in detector.hints:
                self._places.setdefault(hint.lower(), []).append(place)
        self._concerned = list(self._places.values())
        self._hints = AhoCorasick(list(self._places), matchkind=MatchKind.Standard)

    def of(self, lowered: str) -> list[Detector]:
        """Those whose hints occur, in their own order."""
        found = {match[0] for match in self._hints.find_matches_as_indexes(lowered, overlapping=True)}
        if not found and not self._always:
            return []
        places = {*self._always, *(place for hint in found for place in self._concerned[hint])}
        return [self.detectors[place] for place in sorted(places)]
