"""`check`: whether definitions may be deployed, without deploying them."""

import os
import sys

import click
from tollgate.definitions.build import build
from tollgate.definitions.load import Roots
from tollgate.definitions.problem import Problem, errors

from cli.context import json_option
from cli.output import as_json, emit, say
from cli.roots import PROJECT, agent_folder, roots


@click.command()
@click.argument("name", required=False)
@click.option("--stage", default="local", show_default=True, help="Whose model aliases are checked.")
@json_option
def check(name: str | None, stage: str) -> None:
    """Check agents, tools and workflows: file, line, and what to write instead.

    NAME is an agent (name or path) or a tool; without it everything is checked. Exit code 1 when there is an error.
    """
    found = roots()
    chosen = _only(name, found) if name else found
    problems = build(
        roots=chosen, cdk_json=PROJECT / "cdk.json", stage=stage, prefix="tollgate", environ=os.environ
    ).problems
    report(problems)
    sys.exit(1 if errors(problems) else 0)


def report(problems: list[Problem]) -> None:
    """One line per problem, or one JSON list."""
    if as_json():
        emit([vars(problem) for problem in problems])
        return
    for problem in problems:
        say(str(problem), "red" if problem.severity == "error" else "yellow")
    count = len(errors(problems))
    say(f"{count} errors, {len(problems) - count} warnings", "red" if count else "green")


def _only(name: str, found: Roots) -> Roots:
    """The named tool with the others of its root, or the named agent with all tools."""
    if any((root / name / "tool.yaml").is_file() for root in found.tools):
        return Roots(tools=found.tools)
    return Roots(agents=(agent_folder(name, found),), tools=found.tools)
