"""The limit on open files is raised as far as the system lets us, and never lowered."""

import resource

import pytest

from local import open_files


@pytest.mark.parametrize(
    ("soft", "hard", "holds"),
    [
        (1_024, 1_048_576, open_files.WANTED),
        (256, resource.RLIM_INFINITY, open_files.WANTED),
        (1_024, 4_096, 4_096),
        (65_536, 1_048_576, 65_536),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, resource.RLIM_INFINITY),
    ],
)
def test_limit_becomes_what_is_wanted_or_allowed(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, holds: int
) -> None:
    """Set only where it rises, with the hard limit left alone."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    assert open_files.raise_limit() == holds
    assert asked == ([] if holds == soft else [(holds, hard)])
