"""`dev`: the whole stack on this machine, until Ctrl-C."""

import sys

import click

from cli.context import json_option
from cli.exit_codes import FAILED
from cli.failure import CommandError
from cli.output import as_json, emit, say, spinner
from local.stack import LocalStack, LocalStackError
from local.synth import SynthesisError


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
        ("Slack stand-in", "slack_url"),
        ("Step Functions, DynamoDB, S3", "aws_url"),
        ("Lambda", "lambda_url"),
        ("Model", "bedrock_url"),
        ("logs", "log_folder"),
    ):
        say(f"  {label:<30}{about[key]}")
    say("Next: tollgate run invoice_reconciliation --input samples/request.json --wait", "dim")
