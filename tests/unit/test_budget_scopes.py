"""Which outer budgets an execution has, and when their periods begin."""

from datetime import UTC, datetime

import pytest
from tollgate.budget.notices import crossed, share_percent
from tollgate.budget.scopes import Scope


@pytest.mark.parametrize(
    ("kind", "at", "period"),
    [
        ("agent", datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), "2026-11-22"),
        ("agent", datetime(2026, 11, 23, tzinfo=UTC), "2026-11-23"),
        ("tenant", datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), "2026-11"),
        ("tenant", datetime(2026, 12, 1, tzinfo=UTC), "2026-12"),
    ],
)
def test_a_period_is_the_agents_day_and_the_tenants_month_in_utc(kind: str, at: datetime, period: str) -> None:
    """The last second belongs to the old period, the next one to the new."""
    scope = Scope("north", "agent" if kind == "agent" else "tenant", "x")
    assert scope.period(at.timestamp()) == period


def test_agents_of_two_tenants_have_two_budgets() -> None:
    """The key holds the tenant, and no choice of names makes two scopes one."""
    keys = {
        Scope("north", "agent", "x").key,
        Scope("south", "agent", "x").key,
        Scope("north", "tenant", "x").key,
        Scope('north", "agent', "agent", "x").key,
    }
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("before", "after", "told"), [(0, 49.9, None), (49.9, 50, 50), (50, 79, None), (40, 85, 80), (99, 120, 100)]
)
def test_only_the_highest_threshold_that_was_crossed_is_told(before: float, after: float, told: int | None) -> None:
    """A call that crosses two lines is one notice, and standing on a line is crossing it once."""
    assert crossed(before, after) == told


def test_the_dearer_of_tokens_and_money_decides() -> None:
    """Whichever limit is nearer is the one that somebody wants to know about."""
    assert share_percent((50, 0.9), (100, 1.0)) == 90
