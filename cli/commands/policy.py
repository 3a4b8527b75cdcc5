"""Policy dry runs: `screen` and `admit` read JSON lines and answer each with a JSON line; no AWS, no model."""

import os
import sys
from collections.abc import Callable, Iterator

import click
from tollgate.admission import dry_run as admission
from tollgate.definitions.build import build
from tollgate.definitions.load import Roots
from tollgate.definitions.problem import errors
from tollgate.definitions.registry import AgentEntry, ToolEntry
from tollgate.screening import dry_run as screening

from cli.context import json_option
from cli.exit_codes import USAGE
from cli.failure import CommandError
from cli.roots import PROJECT, agent_folder, roots


@click.command()
@click.argument("agent")
@json_option
def screen(agent: str) -> None:
    """Say for each proposed call on stdin whether it would run, ask or be refused, and why."""
    entry, tools = load(agent)
    _answer(lambda lines: screening.answers(entry.definition, tools, lines))


@click.command()
@click.argument("agent")
@json_option
def admit(agent: str) -> None:
    """Say for each request on stdin whether it would be accepted, flagged or rejected, and why."""
    entry, tools = load(agent)
    _answer(lambda lines: admission.answers(entry.definition, tools, lines))


def load(agent: str) -> tuple[AgentEntry, dict[str, ToolEntry]]:
    """The agent as it would be deployed, and all tools that would be deployed beside it."""
    found = roots()
    folder = agent_folder(agent, found)
    built = build(
        roots=Roots(agents=(folder,), tools=found.tools),
        cdk_json=PROJECT / "cdk.json",
        stage="local",
        prefix="tollgate-local",
        environ=os.environ,
    )
    if built.registry is None:
        listed = "\n".join(str(problem) for problem in errors(built.problems))
        raise CommandError(f"the definitions are wrong:\n{listed}", exit_code=USAGE)
    return next(iter(built.registry.agents.values())), built.registry.tools


def _answer(answers: Callable[[Iterator[bytes]], Iterator[str]]) -> None:
    for line in answers(iter(sys.stdin.buffer.readline, b"")):
        click.echo(line)
        sys.stdout.flush()
