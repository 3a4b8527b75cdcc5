"""Did you mean: the known name that a misspelt one most likely stands for."""

from collections.abc import Iterable

SIMILAR = 60.0
"""Percent. Below this a suggestion is a guess and a list of the known names helps more."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The most similar known name, or None when none is similar."""
    from rapidfuzz import fuzz, process  # only who writes a wrong name pays for its import, no function's cold start

    found = process.extractOne(name, sorted(known), scorer=fuzz.ratio, score_cutoff=SIMILAR)
    return str(found[0]) if found else None


def suggestion(name: str, known: Iterable[str], none: str = "no such line: there is nothing to name here") -> str:
    """What to write instead of an unknown name: the nearest known one, else all of them; `none` if there are none."""
    names = sorted(known)
    best = nearest(name, names)
    if best is not None:
        return f"`{best}`"
    return f"one of: {', '.join(names)}" if names else none
