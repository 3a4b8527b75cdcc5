"""Memory: what an agent remembers of finished executions. Needs the role admin."""

import click

from cli.client import path
from cli.context import on_a_stack
from cli.failure import usage
from cli.output import as_json, emit, say, table, when
from cli.target import Target


@click.group()
def memory() -> None:
    """Search, read and forget what agents remember."""


@memory.command("search")
@click.argument("text", required=False)
@click.option("--agent", help="Of this agent; needed with TEXT.")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@on_a_stack
def search(target: Target, text: str | None, agent: str | None, limit: int) -> None:
    """List episodes, the newest first; with TEXT those most like it, as an agent would recall them."""
    if text and not agent:
        usage("say whose memory: --agent NAME")
    page = target.client().get(path("memory"), agent=agent, query=text, limit=limit)
    if as_json():
        emit(page)
        return
    if not page["items"]:
        say("nothing is remembered" + (" that is like it" if text else ""))
        return
    table(
        ["MEMORY", "BEGAN", "SCORE", "REQUEST"],
        [
            [
                item["memory_id"],
                when(item["created_at"]),
                f"{item['score']:.2f}" if "score" in item else "-",
                " ".join(item["request"].split())[:80],
            ]
            for item in page["items"]
        ],
    )


@memory.command("show")
@click.argument("memory_id", metavar="ID")
@on_a_stack
def show(target: Target, memory_id: str) -> None:
    """Show one episode: request, calls, answer."""
    item = target.client().get(path("memory", memory_id))
    if as_json():
        emit(item)
        return
    say(f"{item['memory_id']}  from {when(item['created_at'])}, kept until {when(item['expires_at'])}", "bold")
    say(f"  execution {item['execution_id']}", "dim")
    say(item["request"])
    for call in item["calls"]:
        say(f"  {call['tool']} {call['arguments']}  {'ok' if call['ok'] else 'failed'}")
    say(f"  answered {item['answer']}")


@memory.command("forget")
@click.argument("memory_id", metavar="ID")
@on_a_stack
def forget(target: Target, memory_id: str) -> None:
    """Remove one episode for good."""
    answer = target.client().delete(path("memory", memory_id))
    emit(answer) if as_json() else say(f"{memory_id} is forgotten")
