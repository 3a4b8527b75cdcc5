"""Budgets: `budget get SCOPE`, `budget set SCOPE`. Raising one needs a right that a requester lacks."""

import click

from cli.client import path
from cli.context import on_a_stack
from cli.failure import usage
from cli.output import emit
from cli.target import Target


@click.group()
def budget() -> None:
    """Read or change what may be spent."""


@budget.command("get")
@click.argument("scope")
@on_a_stack
def get_budget(target: Target, scope: str) -> None:
    """Show a scope's limits and spend, e.g. execution:<id>."""
    emit(target.client().get(path("budgets", scope)))


@budget.command("set")
@click.argument("scope")
@click.option("--tokens", type=int, help="New limit in tokens.")
@click.option("--usd", type=float, help="New limit in US dollars.")
@click.option("--steps", type=int, help="New limit of model turns; of an execution only.")
@click.option("--active-seconds", type=int, help="New limit of time at work; of an execution only.")
@click.option("--deadline-seconds", type=int, help="New deadline, from the start; of an execution only.")
@on_a_stack
def set_budget(target: Target, scope: str, **given: float | None) -> None:
    """Set a scope's limits; needs the role admin."""
    limits = {name: value for name, value in given.items() if value is not None}
    if not limits:
        usage("say what to set: --tokens N, --usd N or another limit")
    emit(target.client().put(path("budgets", scope), limits))
