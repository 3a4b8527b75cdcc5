"""A command that ends with a message and an exit code, in words or as JSON."""

import json
from typing import Any, NoReturn

import click

from cli.exit_codes import FAILED, USAGE


class CommandError(click.ClickException):
    """Printed to standard error as `tollgate: <message>`; with `--json` as one problem object."""

    def __init__(self, message: str, *, exit_code: int = FAILED, problem: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it from the instance
        self.problem = problem or {"title": message}

    def show(self, file: Any = None) -> None:
        context = click.get_current_context(silent=True)
        if context and context.find_root().params.get("as_json"):
            click.echo(json.dumps(self.problem, ensure_ascii=False), err=True)
        else:
            click.echo(f"tollgate: {self.message}", err=True)


def usage(message: str) -> NoReturn:
    """Ends the command with exit code 2."""
    raise CommandError(message, exit_code=USAGE)
