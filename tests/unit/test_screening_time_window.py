"""A tool is called inside its hours, in their own time zone, over midnight and summer time."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tollgate.models.agent import Agent
from tollgate.screening import dry_run
from tollgate.screening.rules import time_window

from tests.unit.screening_cases import TOOLS, case, ruling
from tests.unit.screening_cases import agent as clerk

OFFICE = {"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "08:00", "closes": "18:00"}
NIGHT = {"days": ["fri"], "opens": "22:00", "closes": "04:00"}
ALL_SATURDAY = {"days": ["sat"], "opens": "00:00", "closes": "24:00"}


def with_hours(*windows: dict[str, Any], zone: str = "Europe/Berlin", **more: Any) -> Agent:
    return clerk(call_limits={"cancel_plan": {"hours": {"time_zone": zone, "open": list(windows)}, **more}})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ("2026-06-01T08:00:00+02:00", "run"),
        ("2026-06-01T07:59:59+02:00", "refuse"),
        ("2026-06-01T17:59:59+02:00", "run"),
        ("2026-06-01T18:00:00+02:00", "refuse"),
        ("2026-06-06T12:00:00+02:00", "refuse"),
        # the same instants, told in other zones
        ("2026-06-01T06:00:00+00:00", "run"),
        ("2026-06-01T05:59:00+00:00", "refuse"),
        ("2026-06-01T00:00:00-06:00", "run"),
        # in winter Berlin is one hour ahead of UTC, in summer two
        ("2026-01-05T06:30:00+00:00", "refuse"),
        ("2026-01-05T07:00:00+00:00", "run"),
        ("2026-01-05T16:59:00+00:00", "run"),
        ("2026-01-05T17:00:00+00:00", "refuse"),
        # Sunday in UTC, Monday in Berlin and the other way round
        ("2026-06-07T23:30:00+00:00", "refuse"),
    ],
)
def test_a_call_outside_the_hours_is_refused(now: str, verdict: str) -> None:
    """The window is closed at the very minute it closes."""
    found = time_window.decide(case("cancel_plan", by=with_hours(OFFICE), now=at(now)))
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ("2026-06-05T21:59:00+02:00", "refuse"),
        ("2026-06-05T22:00:00+02:00", "run"),
        ("2026-06-06T03:59:00+02:00", "run"),
        ("2026-06-06T04:00:00+02:00", "refuse"),
        ("2026-06-05T03:00:00+02:00", "refuse"),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_it_opens_on(now: str, verdict: str) -> None:
    """Friday night ends on Saturday morning; Friday morning is Thursday's night."""
    assert time_window.decide(case("cancel_plan", by=with_hours(NIGHT), now=at(now))).verdict == verdict


def test_any_of_several_windows_is_enough() -> None:
    """And a whole day has no gap at its end."""
    by = with_hours(OFFICE, ALL_SATURDAY)
    for now in ("2026-06-06T00:00:00+02:00", "2026-06-06T23:59:59+02:00", "2026-06-05T09:00:00+02:00"):
        assert time_window.decide(case("cancel_plan", by=by, now=at(now))).verdict == "run"
    assert time_window.decide(case("cancel_plan", by=by, now=at("2026-06-07T00:00:00+02:00"))).verdict == "refuse"


def test_a_person_may_lift_hours_that_say_so() -> None:
    """`ask: [hours]`; otherwise a decision changes nothing."""
    night = at("2026-06-01T02:00:00+02:00")
    lifted, fixed = with_hours(OFFICE, ask=["hours"]), with_hours(OFFICE)
    assert ruling(case("cancel_plan", {}, "cancel my plan", by=lifted, now=night)).verdict == "ask"
    assert ruling(case("cancel_plan", {}, "cancel my plan", by=lifted, now=night, decided="approved")).verdict == "run"
    refused = ruling(case("cancel_plan", {}, "cancel my plan", by=fixed, now=night, decided="approved"))
    assert refused.verdict == "refuse"
    assert "mon, tue, wed, thu, fri 08:00-18:00" in str(refused.message_to_model)
    assert "mon 02:00 in Europe/Berlin" in str(refused.message_to_model)


def test_a_time_zone_that_this_machine_does_not_know_refuses() -> None:
    """`check` refuses such a file; should one arrive all the same, nothing runs by guesswork."""
    on_mars = with_hours(OFFICE, zone="Mars/Base")
    assert ruling(case("cancel_plan", {}, "cancel my plan", by=on_mars)).verdict == "refuse"


def test_a_dry_run_takes_the_clock_or_the_lines_own_time() -> None:
    """Hours can be tried for any moment without waiting for it."""
    request = '{"instruction": "cancel my plan", "principal": {"id": "a", "tenant": "t", "kind": "person"}}'
    line = f'{{"request": {request}, "call": {{"name": "cancel_plan", "arguments": {{}}}}%s}}'
    open_, closed = datetime(2026, 6, 1, 8, tzinfo=UTC), datetime(2026, 6, 1, 20, tzinfo=UTC)
    assert '"run"' in dry_run.answer(with_hours(OFFICE), TOOLS, line % "", open_)
    assert '"time_window"' in dry_run.answer(with_hours(OFFICE), TOOLS, line % "", closed)
    own = ', "now": "2026-06-01T10:00:00+02:00"'
    assert '"run"' in dry_run.answer(with_hours(OFFICE), TOOLS, line % own, closed)
    assert "malformed_line" in dry_run.answer(with_hours(OFFICE), TOOLS, line % ', "now": "2026-06-01T10:00:00"', open_)
