"""The options that commands share: `--json` for all, and which stack for those that talk to one."""

import functools
from collections.abc import Callable
from typing import Any

import click

from cli.target import Target

Command = Callable[..., Any]


def _note_json(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.find_root().params["as_json"] = True


json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_note_json, help="One JSON value instead of text."
)


def on_a_stack(command: Command) -> Command:
    """Adds `--stack --profile --region --principal --json`; the command gets a `target`."""

    @functools.wraps(command)
    def called(
        *args: Any,
        stack: str | None,
        profile: str | None,
        region: str | None,
        principal: str | None,
        **options: Any,
    ) -> Any:
        return command(*args, target=Target(stack, profile, region, principal), **options)

    decorated: Command = called
    for option in (
        json_option,
        click.option("--principal", metavar="JSON", help="Who asks, as JSON; local stack only."),
        click.option("--region", metavar="NAME", help="AWS region of a deployed stack."),
        click.option("--profile", metavar="NAME", help="AWS profile for a deployed stack."),
        click.option("--stack", metavar="NAME", help="A deployed stack; the default is the local one."),
    ):
        decorated = option(decorated)
    return decorated
