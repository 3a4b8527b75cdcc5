"""`cost`: what an agent's executions have spent, from the list of executions."""

from dataclasses import dataclass
from typing import Any

import click

from cli.client import Client, path
from cli.context import on_a_stack
from cli.output import as_json, emit, say, table
from cli.roots import name_of
from cli.target import Target

PAGE = 100


@dataclass(frozen=True)
class Line:
    """The executions of one outcome together."""

    outcome: str
    executions: int
    tokens: int
    usd: float


@click.command()
@click.argument("agent", metavar="AGENT")
@on_a_stack
def cost(target: Target, agent: str) -> None:
    """Show what the executions of an agent spent, by outcome; what is under way counts as far as it is settled."""
    found = lines(executions(target.client(), name_of(agent)))
    whole = Line("all", *_sums(found))
    if as_json():
        emit({"agent": name_of(agent), "outcomes": [vars(line) for line in found], "all": vars(whole)})
        return
    if not found:
        say(f"{name_of(agent)} has no executions; `tollgate ls` names the agents that have")
        return
    table(
        ["OUTCOME", "EXECUTIONS", "TOKENS", "USD", "USD EACH"],
        [
            [
                line.outcome,
                f"{line.executions:,}",
                f"{line.tokens:,}",
                f"{line.usd:.4f}",
                f"{line.usd / line.executions:.4f}" if line.executions else "-",
            ]
            for line in (*found, whole)
        ],
    )


def executions(client: Client, agent: str) -> list[dict[str, Any]]:
    """Every execution of the agent that the list has, over all pages."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = client.get(path("executions"), agent=agent, limit=PAGE, cursor=cursor)
        found += page["items"]
        cursor = page["cursor"]
        if cursor is None:
            return found


def lines(items: list[dict[str, Any]]) -> list[Line]:
    """One line per outcome, the dearest first."""
    by_outcome: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        by_outcome.setdefault(item["outcome"] or "under way", []).append(item["spend"])
    found = [
        Line(outcome, len(spends), sum(one["tokens"] for one in spends), round(sum(one["usd"] for one in spends), 6))
        for outcome, spends in by_outcome.items()
    ]
    return sorted(found, key=lambda line: (-line.usd, -line.tokens, line.outcome))


def _sums(found: list[Line]) -> tuple[int, int, float]:
    return (
        sum(line.executions for line in found),
        sum(line.tokens for line in found),
        round(sum(line.usd for line in found), 6),
    )
