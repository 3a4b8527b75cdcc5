"""One look of `doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is well, and what to do if not."""

    what: str
    well: bool
    detail: str
    reached: bool = False
    """Whether there is something behind it to look at further."""
