"""`replay`: run an execution again from a step; what was paid before is re-read, and effects are disabled."""

import sys
import uuid

import click

from cli.client import path
from cli.commands.run import wait_for
from cli.context import on_a_stack
from cli.output import as_json, emit, say
from cli.target import Target


@click.command()
@click.argument("execution_id", metavar="ID")
@click.option("--from-step", type=click.IntRange(min=1), required=True, help="The first step that is asked anew.")
@click.option("--live", is_flag=True, help="Effects ask a person, each one; without it they are disabled.")
@click.option("--wait", is_flag=True, help="Follow it; exit 5 with the approval's id when a person is asked.")
@on_a_stack
def replay(target: Target, execution_id: str, from_step: int, live: bool, wait: bool) -> None:
    """Start a new execution that re-reads the steps before N, to try another model, prompt or tool."""
    client = target.client()
    body = {"replay": {"execution_id": execution_id, "from_step": from_step, "live": live}}
    started = client.post(path("executions"), body, headers={"Idempotency-Key": uuid.uuid4().hex})
    if wait:
        sys.exit(wait_for(client, started["execution_id"]))
    emit(started) if as_json() else say(started["execution_id"])
