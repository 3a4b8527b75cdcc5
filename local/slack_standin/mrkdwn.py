"""The little of Slack's markup that cards use: links of the app's own, and times on each reader's own clock.

Everything else is escaped first. Source: https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

_LINK = re.compile(r"&lt;(https?://(?:[^|&\s]|&amp;)+)\|([^&]*)&gt;")
_DATE = re.compile(r"&lt;!date\^(\d{1,12})\^([^|^&]*)\|([^&]*)&gt;")
_ENTITY = re.compile(r"&amp;(amp|lt|gt);")


def html(text: Any) -> Markup:
    """Markup in which only what this module made is a tag."""
    escaped = _DATE.sub(_time, str(escape(text)))
    linked = _LINK.sub(r'<a href="\1" target="_blank" rel="noopener noreferrer">\2</a>', escaped)
    return Markup(_ENTITY.sub(r"&\1;", linked))


def _time(found: re.Match[str]) -> str:
    seconds, form, otherwise = found.groups()
    try:
        at = datetime.fromtimestamp(int(seconds)).astimezone()
    except (ValueError, OverflowError, OSError):
        return otherwise
    words = form.replace("{date_short_pretty}", _day(at)).replace("{time}", f"{at:%H:%M}")
    return f'<time datetime="{at.isoformat()}" title="{otherwise}">{words}</time>'


def _day(at: datetime) -> str:
    """As Slack's "short and pretty": near days by name."""
    today = datetime.now().astimezone().date()
    near = {today: "today", today + timedelta(days=1): "tomorrow", today - timedelta(days=1): "yesterday"}
    return near.get(at.date(), f"{at:%b} {at.day}, {at.year}")
