"""`dev`: the whole stack on this machine, until Ctrl-C."""

import sys
from pathlib import Path

import click
from tollgate.definitions.load import Roots, load

from cli.context import json_option
from cli.exit_codes import FAILED
from cli.failure import CommandError
from cli.output import as_json, emit, say, spinner
from cli.roots import PROJECT, roots
from local.stack import LocalStack, LocalStackError
from local.synth import SynthesisError

EXAMPLE = "invoice_reconciliation"
"""The agent that comes with a sample of an input."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="The HTTP API's port; a free one by default.")
@json_option
def dev(port: int) -> None:
    """Start the local stack and its pages; Ctrl-C ends it. Everything is in memory and gone afterwards."""
    try:
        with spinner("starting the local stack"):
            stack = LocalStack(port=port).__enter__()
    except (LocalStackError, SynthesisError) as error:
        raise CommandError(str(error), exit_code=FAILED) from error
    try:
        _announce(stack)
        stack.wait()
    finally:
        stack.__exit__(None, None, None)


def _announce(stack: LocalStack) -> None:
    if as_json():
        emit(stack.describe())
        sys.stdout.flush()
        return
    about = stack.describe()
    say("The local stack is up; Ctrl-C ends it.", "bold")
    for label, key in (
        ("HTTP API", "api_url"),
        ("Slack stand-in" if stack.slack else "Slack (SLACK_API_URL)", "slack_url"),
        ("Step Functions, DynamoDB, S3", "aws_url"),
        ("Lambda", "lambda_url"),
        ("logs", "log_folder"),
    ):
        say(f"  {label:<30}{about[key]}")
    who = "a script answers, not a model; docs/models.md plugs one in"
    say(f"  {'Model':<30}{stack.model_label}" + (f": {who}" if stack.answers_by_script else ""))
    say(next_step(roots(), Path.cwd()), "dim")


def next_step(found: Roots, here: Path) -> str:
    """A line to copy: it names an agent that this stack has, and a file that can be reached from here."""
    agents = sorted(load(found).agents)
    if EXAMPLE in agents:
        given = PROJECT / "samples" / "request.json"
        shown = given.relative_to(here) if given.is_relative_to(here) else given
        return f"Next: tollgate run {EXAMPLE} --input {shown} --wait"
    if agents:
        return f"Next: tollgate run {agents[0]} --input FILE.json --wait"
    return "There is no agent yet: docs/definitions.md says how to write one."
