"""How results are shown: one JSON value with `--json`, tables and colours on a terminal, plain text in a pipe.

What a model or a document wrote never speaks to the terminal: control, direction and invisible characters are written
out, wherever it is shown.
"""

import json
import re
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.table import Table
from rich.text import Text
from tollgate.approvals.visible import visible

PIPE_WIDTH = 10_000
"""In a pipe nothing is wrapped or cut: the next program reads it."""

out = Console(
    highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else PIPE_WIDTH
)
err = Console(stderr=True, highlight=False, emoji=False)

_SPEAKING = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON leaves as it is, and a terminal obeys: C1 controls and directions. The others JSON escapes itself."""


def as_json() -> bool:
    """Whether the command was called with `--json`."""
    context = click.get_current_context(silent=True)
    return bool(context and context.find_root().params.get("as_json"))


def emit(value: Any) -> None:
    """One JSON value on standard output."""
    click.echo(json_text(value))


def json_text(value: Any, indent: int | None = None) -> str:
    """The same value for every reader, and nothing for the terminal."""
    text = json.dumps(value, ensure_ascii=False, default=str, indent=indent)
    return _SPEAKING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def show_json(value: Any) -> None:
    """The value over several lines, for people."""
    out.print(JSONHighlighter()(json_text(value, indent=2)), soft_wrap=True)


def seen(text: str) -> str:
    """The text as it may be shown; lines stay, tabs are spaces."""
    return visible(text.replace("\r\n", "\n").replace("\t", "    "))


def say(text: str, style: str = "") -> None:
    """A line for people, as it is: what it quotes, such as a pattern, is no markup. Silent with `--json`."""
    if not as_json():
        out.print(seen(text), style=style or None, markup=False)


def spinner(text: str) -> AbstractContextManager[Any]:
    """A spinner while something is awaited, on a terminal only."""
    return err.status(text) if err.is_terminal and not as_json() else nullcontext()


def table(columns: list[str], rows: list[list[str]]) -> None:
    """Rows under their headings."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(seen(cell)) for cell in row))
    out.print(shown)


def when(instant: str | None) -> str:
    """An ISO 8601 instant as local time to the second, or a dash."""
    return datetime.fromisoformat(instant).astimezone().strftime("%Y-%m-%d %H:%M:%S") if instant else "-"
