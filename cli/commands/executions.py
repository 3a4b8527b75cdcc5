"""Looking at executions, and ending or continuing one: `ls show watch trace stop redrive`."""

import sys
from typing import Any

import click

from cli import exit_codes
from cli.client import path
from cli.context import on_a_stack
from cli.follow import follow
from cli.output import as_json, emit, out, say, show_json, spinner, table, when
from cli.steps import lines
from cli.target import Target

_STYLES = {"completed": "green", "failed": "red", "rejected": "red", "limit_reached": "yellow", "stopped": "yellow"}
_RAISED = ("tokens", "usd", "steps", "active_seconds", "deadline")
"""Limits that a person may raise, so that a redrive goes on."""


@click.command()
@click.option("--agent", metavar="NAME", help="Only this agent's.")
@click.option("--status", type=click.Choice(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]))
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--cursor", help="Where an earlier page ended.")
@on_a_stack
def ls(target: Target, agent: str | None, status: str | None, limit: int, cursor: str | None) -> None:
    """List executions, newest first."""
    page = target.client().get(path("executions"), agent=agent, status=status, limit=limit, cursor=cursor)
    if as_json():
        emit(page)
        return
    if not page["items"]:
        say("no executions" + (" that are like this" if agent or status or cursor else " yet"))
        return
    table(
        ["EXECUTION", "AGENT", "STATUS", "OUTCOME", "STEP", "TOKENS", "STARTED"],
        [
            [
                item["execution_id"],
                str(item["agent"]),
                item["status"],
                _outcome(item),
                str(item["spend"]["steps"]),
                f"{item['spend']['tokens']:,}",
                when(item.get("created_at")),
            ]
            for item in page["items"]
        ],
    )
    if page["cursor"]:
        say(f"more: tollgate ls --cursor {page['cursor']}", "dim")


@click.command()
@click.argument("execution_id", metavar="ID")
@on_a_stack
def show(target: Target, execution_id: str) -> None:
    """Show one execution: status, outcome, spend and limits, summary, output."""
    execution = target.client().get(path("executions", execution_id))
    emit(execution) if as_json() else describe(execution)


@click.command()
@click.argument("execution_id", metavar="ID")
@on_a_stack
def watch(target: Target, execution_id: str) -> None:
    """Follow an execution until it is over; the exit code is its outcome's."""
    client = target.client()
    with spinner(f"following {execution_id}"):
        execution, _ = follow(client, execution_id, stop_at_gate=False, on_record=print_record)
    emit(execution) if as_json() else describe(execution)
    sys.exit(exit_codes.of_execution(execution))


@click.command()
@click.argument("execution_id", metavar="ID")
@on_a_stack
def trace(target: Target, execution_id: str) -> None:
    """Print the decision records of an execution, in order."""
    client, cursor, found = target.client(), None, []
    while True:
        page = client.get(path("executions", execution_id, "trace"), after=cursor)
        found += page["items"]
        cursor = page["cursor"]
        if cursor is None:
            break
    if as_json():
        emit({"items": found, "cursor": None})
        return
    for record in found:
        print_record(record)


@click.command()
@click.argument("execution_id", metavar="ID")
@on_a_stack
def stop(target: Target, execution_id: str) -> None:
    """Stop an execution: nothing new starts, open approvals are revoked, a summary is left."""
    _report(target.client().post(path("executions", execution_id, "stop")))


@click.command()
@click.argument("execution_id", metavar="ID")
@on_a_stack
def redrive(target: Target, execution_id: str) -> None:
    """Continue an execution that ended unsuccessfully, from where it stopped; paid answers are re-read."""
    _report(target.client().post(path("executions", execution_id, "redrive")))


def print_record(record: dict[str, Any]) -> None:
    """The lines of one decision record; with `--json` nothing."""
    if not as_json():
        for line in lines(record):
            out.print(line)


def describe(execution: dict[str, Any]) -> None:
    """One execution in words."""
    spend, limits = execution["spend"], execution["limits"]
    say(f"{execution['execution_id']}  {execution['agent']}", "bold")
    say(f"  {execution['status']}  {_outcome(execution)}", _STYLES.get(str(execution["outcome"]), ""))
    say(
        f"  step {spend['steps']} of {limits['steps']} · {spend['tokens']:,} of {limits['tokens']:,} tokens · "
        f"{spend['usd']:.4f} of {limits['usd']:.2f} USD · "
        f"{spend['active_seconds']:.0f} of {limits['active_seconds']:,} active seconds"
    )
    for approval_id in execution["pending_approvals"]:
        say(f"  waits at a gate: tollgate approve {approval_id}", "yellow")
    if execution["summary"]:
        say("  " + str(execution["summary"]).replace("\n", "\n  "))
    if execution["outcome"] not in (None, "completed"):
        say(f"  every step and why: tollgate trace {execution['execution_id']}", "dim")
    if execution["outcome"] == "limit_reached" and execution.get("reason") in _RAISED:
        how = f"tollgate budget set execution:{execution['execution_id']} (or the scope that is named above)"
        say(f"  to go on: raise it by {how}, then tollgate redrive {execution['execution_id']}", "dim")
    if execution["output"] is not None:
        show_json(execution["output"])


def _outcome(execution: dict[str, Any]) -> str:
    if execution["outcome"] is None:
        at_gate = execution.get("pending_approvals") or execution.get("waiting")
        return "at a gate" if at_gate else "-"
    return f"{execution['outcome']} ({execution['reason']})" if execution.get("reason") else str(execution["outcome"])


def _report(execution: dict[str, Any]) -> None:
    if as_json():
        emit(execution)
    else:
        say(f"{execution['execution_id']} {execution['status']}")
