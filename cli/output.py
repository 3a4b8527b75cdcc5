"""How results are shown: one JSON value with `--json`, tables and colours on a terminal, plain text in a pipe."""

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 10_000
"""In a pipe nothing is wrapped or cut: the next program reads it."""

out = Console(highlight=False, soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True, highlight=False)


def as_json() -> bool:
    """Whether the command was called with `--json`."""
    context = click.get_current_context(silent=True)
    return bool(context and context.find_root().params.get("as_json"))


def emit(value: Any) -> None:
    """One JSON value on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def say(text: str | Text, style: str = "") -> None:
    """A line for people, as it is: what it quotes, such as a pattern, is no markup. Silent with `--json`."""
    if not as_json():
        out.print(text, style=style or None, markup=False)


def spinner(text: str) -> AbstractContextManager[Any]:
    """A spinner while something is awaited, on a terminal only."""
    return err.status(text) if err.is_terminal and not as_json() else nullcontext()


def table(columns: list[str], rows: list[list[str]]) -> None:
    """Rows under their headings; a cell is shown as it is."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*map(Text, row))
    out.print(shown)


def when(instant: str | None) -> str:
    """An ISO 8601 instant as local time to the second, or a dash."""
    return datetime.fromisoformat(instant).astimezone().strftime("%Y-%m-%d %H:%M:%S") if instant else "-"
