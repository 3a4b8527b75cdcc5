"""E-mail addresses: case does not matter; everything else does (plus tags, dots, look-alike letters)."""

import re

from tollgate.screening.text import folded

SHAPE = r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+"
"""Starts only where a run of its characters starts, so that a long word costs linear time."""

_EMAIL = re.compile(SHAPE)


def canonical(text: str) -> str | None:
    """Lower case; None for what is more or less than one bare address (`Bob <bob@x.org>` is)."""
    return folded(text) if _EMAIL.fullmatch(text) else None
