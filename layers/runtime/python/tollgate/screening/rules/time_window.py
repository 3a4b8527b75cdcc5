"""A tool is called inside the hours that the agent gives it; outside it is refused, or asked about."""

from datetime import datetime, timedelta

from tollgate.models.call_limits import DAYS, Hours, Window
from tollgate.screening import time_zones
from tollgate.screening.case import RUN, Case, Opinion, ask, refuse

RULE = "time_window"
_DAY = timedelta(days=1)


def decide(case: Case) -> Opinion:
    """Looks at the case's own moment in the time zone of the hours, summer time included."""
    limits = case.limits
    if limits is None or limits.hours is None:
        return RUN
    local = case.standing.now.astimezone(time_zones.zone(limits.hours.time_zone))
    if any(_is_open(window, local) for window in limits.hours.open):
        return RUN
    when = f"{DAYS[local.weekday()]} {local:%H:%M} in {limits.hours.time_zone}"
    message = f"{case.call.name} may be called {_told(limits.hours)}; it is {when}"
    if "hours" in limits.ask:
        return ask(RULE, message)
    return refuse(RULE, message, f"{message}. Go on without it, and say that it has to wait.")


def _is_open(window: Window, local: datetime) -> bool:
    """A window that closes before it opens ends on the day after."""
    clock, today, yesterday = f"{local:%H:%M}", DAYS[local.weekday()], DAYS[(local - _DAY).weekday()]
    if window.opens < window.closes:
        return today in window.days and window.opens <= clock < window.closes
    return (today in window.days and clock >= window.opens) or (yesterday in window.days and clock < window.closes)


def _told(hours: Hours) -> str:
    return " or ".join(f"{', '.join(window.days)} {window.opens}-{window.closes}" for window in hours.open)
