"""`check`: whether definitions may be deployed, without deploying them."""

import os
import sys

import click
from tollgate.definitions.build import build
from tollgate.definitions.load import Definitions, Roots, load
from tollgate.definitions.problem import Problem, errors
from tollgate.errors import TollgateError

from cli.context import json_option
from cli.failure import CommandError
from cli.output import as_json, emit, say
from cli.roots import PROJECT, agent_folder, roots, tool_names


@click.command()
@click.argument("name", required=False)
@click.option("--stage", default="local", show_default=True, help="Whose model aliases are checked.")
@click.option("--pin", is_flag=True, help="Print the digest of the mcp tool NAME as its server describes it now.")
@json_option
def check(name: str | None, stage: str, pin: bool) -> None:
    """Check agents, tools and workflows: file, line, and what to write instead.

    NAME is an agent (name or path) or a tool; without it everything is checked. Exit code 1 when there is an error.
    """
    found = roots()
    if pin:
        _print_pin(name, found)
        return
    chosen = _only(name, found) if name else found
    built = build(roots=chosen, cdk_json=PROJECT / "cdk.json", stage=stage, prefix="tollgate", environ=os.environ)
    report(built.problems, load(chosen))
    sys.exit(1 if errors(built.problems) else 0)


def _print_pin(name: str | None, found: Roots) -> None:
    """The line for the manifest. Read what the server says about the tool before you write it there."""
    from tollgate.tool_runtime.mcp_digest import pin_digest  # costs a second that no other command should pay

    tool = load(found).tools.get(name or "")
    if tool is None or tool.manifest.kind != "mcp":
        raise click.UsageError("--pin needs the name of a tool of kind mcp: `tollgate check --pin NAME`")
    os.environ.setdefault("TOLLGATE_ALLOW_LOOPBACK", "true")  # a person's own machine may reach itself
    try:
        digest = pin_digest(tool.manifest)
    except TollgateError as error:
        raise CommandError(str(error)) from error
    if as_json():
        emit({"tool": tool.manifest.name, "digest": digest, "pinned": tool.manifest.digest})
        return
    say(f"digest: {digest}", "green" if digest == tool.manifest.digest else "yellow")


def report(problems: list[Problem], looked_at: Definitions) -> None:
    """One line per problem and what was looked at, or one JSON list."""
    if as_json():
        emit([vars(problem) for problem in problems])
        return
    for problem in problems:
        say(str(problem), "red" if problem.severity == "error" else "yellow")
    count, files = len(errors(problems)), len(looked_at.agents) + len(looked_at.tools)
    found = f"{_many(count, 'error')}, {_many(len(problems) - count, 'warning')}"
    read = f"{_many(len(looked_at.agents), 'agent')} and {_many(len(looked_at.tools), 'tool')}"
    unread = f", {len(looked_at.broken)} not readable" if looked_at.broken else ""
    say(f"{found} in {read}{unread}", "red" if count else "green" if files else "yellow")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _only(name: str, found: Roots) -> Roots:
    """The named tool with the others of its root, or the named agent with all tools."""
    if any((root / name / "tool.yaml").is_file() for root in found.tools):
        return Roots(tools=found.tools)
    return Roots(agents=(agent_folder(name, found, also=tool_names(found)),), tools=found.tools)
