"""`run`: start an execution and, with `--wait`, follow it to its end or to a gate."""

import json
import sys
import uuid
from pathlib import Path
from typing import Any

import click

from cli import exit_codes
from cli.client import Client, path
from cli.commands.executions import describe, print_record
from cli.context import on_a_stack
from cli.failure import usage
from cli.follow import follow
from cli.output import as_json, emit, say, spinner
from cli.roots import name_of
from cli.target import Target


@click.command()
@click.argument("agent", metavar="AGENT")
@click.option("--input", "source", required=True, metavar="FILE|-", help="The input as JSON; - reads standard input.")
@click.option("--wait", is_flag=True, help="Follow it; exit 5 with the approval's id when a person is asked.")
@click.option("--idempotency-key", metavar="KEY", help="The same key and input is the same execution.")
@on_a_stack
def run(target: Target, agent: str, source: str, wait: bool, idempotency_key: str | None) -> None:
    """Start an agent with an input."""
    body = {"agent": name_of(agent), "input": _input(source)}
    client = target.client()
    headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
    started = client.post(path("executions"), body, headers=headers)
    if not wait:
        emit(started) if as_json() else say(started["execution_id"])
        return
    sys.exit(wait_for(client, started["execution_id"]))


def wait_for(client: Client, execution_id: str) -> int:
    """Follows it to its end or a gate; the exit code."""
    say(execution_id, "bold")
    with spinner("running"):
        execution, _ = follow(client, execution_id, stop_at_gate=True, on_record=print_record)
    if as_json():
        emit(execution)
        return exit_codes.of_execution(execution)
    describe(execution)
    return exit_codes.of_execution(execution)


def _input(source: str) -> dict[str, Any]:
    where = "standard input" if source == "-" else source
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
        value = json.loads(text)
    except OSError as error:
        usage(f"the input cannot be read: {error.strerror}: {source}")
    except (ValueError, UnicodeDecodeError) as error:
        usage(f"{where}: the input must be one JSON object ({error})")
    if not isinstance(value, dict):
        usage(f"{where}: the input must be one JSON object, not {type(value).__name__}")
    return value
