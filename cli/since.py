"""`--since`: an instant, a day, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

import click

_AGO = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Since(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs only
    """`2026-11-22T20:00:00Z`, `2026-11-22` (midnight here), `45m`, `12h` or `30d`; given on as an instant in UTC."""

    name = "WHEN"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if match := _AGO.fullmatch(value):
            found = datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
            return found.isoformat()
        try:
            # A text without an offset is this machine's time, a day alone its midnight.
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-11-22, 2026-11-22T20:00:00Z, 12h or 30d", param, ctx)
