"""Policy dry runs: `screen` and `admit` read JSON lines and answer each with a JSON line; no AWS, no model."""

import sys
from collections.abc import Callable, Iterator

import click
from tollgate.admission import dry_run as admission
from tollgate.definitions.registry import AgentEntry, Registry
from tollgate.screening import dry_run as screening

from cli.agent_registry import agent_registry
from cli.context import json_option
from cli.roots import agent_folder, roots


@click.command()
@click.argument("agent")
@json_option
def screen(agent: str) -> None:
    """Say for each proposed call on stdin whether it would run, ask or be refused, and why."""
    entry, registry = load(agent)
    _answer(lambda lines: screening.answers(entry.definition, registry.tools, lines, builtin=registry.builtin))


@click.command()
@click.argument("agent")
@json_option
def admit(agent: str) -> None:
    """Say for each request on stdin whether it would be accepted, flagged or rejected, and why."""
    entry, registry = load(agent)
    _answer(lambda lines: admission.answers(entry.definition, registry.tools, lines))


def load(agent: str) -> tuple[AgentEntry, Registry]:
    """The agent as it would be deployed, and the registry with all tools that would be deployed beside it."""
    registry = agent_registry(agent_folder(agent, roots()))
    return next(iter(registry.agents.values())), registry


def _answer(answers: Callable[[Iterator[bytes]], Iterator[str]]) -> None:
    for line in answers(iter(sys.stdin.buffer.readline, b"")):
        click.echo(line)
        sys.stdout.flush()
