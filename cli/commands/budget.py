"""Budgets: `budget get SCOPE`, `budget set SCOPE`. Raising one needs a right that a requester lacks."""

from typing import Any

import click

from cli.client import path
from cli.context import on_a_stack
from cli.failure import usage
from cli.output import as_json, emit, say, table
from cli.target import Target


@click.group()
def budget() -> None:
    """Read or change what may be spent."""


@budget.command("get")
@click.argument("scope")
@on_a_stack
def get_budget(target: Target, scope: str) -> None:
    """Show a scope's limits and spend, e.g. execution:<id>."""
    _show(target.client().get(path("budgets", scope)))


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
    _show(target.client().put(path("budgets", scope), limits))


def _show(budget: dict[str, Any]) -> None:
    """The scope, and a row per limit; what nothing is known of is a dash."""
    if as_json():
        emit(budget)
        return
    say(f"{budget['scope']}" + (f"  in {budget['period']}, UTC" if "period" in budget else ""), "bold")
    columns = [budget["limits"], budget["spend"], budget.get("leased") or budget.get("reserved"), budget["available"]]
    table(
        ["", "LIMIT", "SPENT", "HELD", "LEFT"],
        [[name, *(_figure(name, (column or {}).get(name)) for column in columns)] for name in budget["limits"]],
    )
    if not any(budget["limits"].values()):
        say("no limit is set, so nothing is counted: tollgate budget set SCOPE --usd N", "dim")


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.4f}" if name == "usd" else f"{value:,}"
