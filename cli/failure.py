"""A command that ends with a message and an exit code, in words or as JSON."""

from typing import Any, NoReturn

import click

from cli.exit_codes import FAILED, USAGE
from cli.output import json_text, seen


class CommandError(click.ClickException):
    """Printed to standard error as `tollgate: <message>`; with `--json` as one problem object."""

    def __init__(self, message: str, *, exit_code: int = FAILED, problem: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it from the instance
        self.problem = problem or {"title": message}

    def show(self, file: Any = None) -> None:
        click.echo(f"tollgate: {seen(self.message)}", err=True)


def show(error: click.ClickException, *, as_json: bool) -> None:
    """On standard error: in words, or as one JSON object, also where the command line itself was wrong."""
    if not as_json:
        error.show()
        return
    problem = error.problem if isinstance(error, CommandError) else {"title": error.format_message()}
    click.echo(json_text(problem), err=True)


def usage(message: str) -> NoReturn:
    """Ends the command with exit code 2."""
    raise CommandError(message, exit_code=USAGE)
