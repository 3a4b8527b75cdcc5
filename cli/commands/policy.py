"""Policy dry runs: `screen` and `admit` read JSON lines and answer each with a JSON line; no AWS, no model."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import click
from tollgate.admission import dry_run as admission
from tollgate.admission.case import Finding
from tollgate.definitions.registry import AgentEntry, Registry
from tollgate.screening import dry_run as screening
from tollgate.screening.case import Proposed

from cli.agent_registry import agent_registry
from cli.context import json_option
from cli.roots import agent_folder, roots

external_option = click.option(
    "--external", is_flag=True, help="Ask the agent's external checks too; without it nothing leaves this machine."
)


@click.command()
@click.argument("agent")
@external_option
@json_option
def screen(agent: str, external: bool) -> None:
    """Say for each proposed call on stdin whether it would run, ask or be refused, and why."""
    entry, registry = load(agent)
    hear: screening.Hear = _nobody
    if external:
        from tollgate.checks.dry_run import about_calls  # brings boto3 along, which costs a quarter of a second

        hear = about_calls(entry.definition, registry.tools | registry.builtin)
    tools, builtin = registry.tools, registry.builtin
    _answer(lambda lines: screening.answers(entry.definition, tools, lines, hear=hear, builtin=builtin))


def _nobody(call: Proposed) -> tuple[()]:
    return ()


@click.command()
@click.argument("agent")
@external_option
@json_option
def admit(agent: str, external: bool) -> None:
    """Say for each request on stdin whether it would be accepted, flagged or rejected, and why."""
    entry, registry = load(agent)
    hear: admission.Hear = _nothing
    if external:
        from tollgate.checks.dry_run import about_requests  # brings boto3 along, which costs a quarter of a second

        hear = about_requests(entry.definition)
    _answer(lambda lines: admission.answers(entry.definition, registry.tools, lines, hear))


def _nothing(cleaned: dict[str, Any]) -> list[Finding]:
    return []


def load(agent: str) -> tuple[AgentEntry, Registry]:
    """The agent as it would be deployed, and the registry with all tools that would be deployed beside it."""
    registry = agent_registry(agent_folder(agent, roots()))
    return next(iter(registry.agents.values())), registry


def _answer(answers: Callable[[Iterator[bytes]], Iterator[str]]) -> None:
    for line in answers(iter(sys.stdin.buffer.readline, b"")):
        click.echo(line)
        sys.stdout.flush()
