"""IANA time zones from the pinned package `tzdata`: the same data where a file is checked and where a rule speaks.

A machine's own may be older, and Lambda's Python promises none.
"""

from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]  # files only, nothing to type


@cache
def names() -> frozenset[str]:
    """Every zone there is."""
    return frozenset(resources.files(tzdata).joinpath("zones").read_text("utf-8").split())


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of that name, read once. Raises `KeyError` for a name that is none."""
    if name not in names():
        raise KeyError(f"{name!r} is no IANA time zone")
    with resources.files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
