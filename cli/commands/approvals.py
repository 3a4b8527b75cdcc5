"""The gate from the command line: `approvals approve reject edit`. What was shown is what is decided."""

import json
from typing import Any

import click

from cli.client import path
from cli.context import on_a_stack
from cli.failure import usage
from cli.output import as_json, emit, say, table, when
from cli.target import Target


@click.command()
@click.option("--all", "every", is_flag=True, help="Decided ones too.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@on_a_stack
def approvals(target: Target, every: bool, limit: int) -> None:
    """List the questions that wait for a person."""
    page = target.client().get(path("approvals"), status=None if every else "pending", limit=limit)
    if as_json():
        emit(page)
        return
    for item in page["items"]:
        describe_approval(item)
    if not page["items"]:
        say("nothing waits for a person")


@click.command()
@click.argument("approval_id", metavar="APPROVAL_ID")
@click.option("--fingerprint", help="The fingerprint you saw; refused if it is not the current one.")
@on_a_stack
def approve(target: Target, approval_id: str, fingerprint: str | None) -> None:
    """Let a call through, exactly as shown."""
    _decide(target, approval_id, fingerprint, {"decision": "approve"})


@click.command()
@click.argument("approval_id", metavar="APPROVAL_ID")
@click.option("--reason", help="What the model is told.")
@click.option("--fingerprint", help="The fingerprint you saw; refused if it is not the current one.")
@on_a_stack
def reject(target: Target, approval_id: str, reason: str | None, fingerprint: str | None) -> None:
    """Refuse a call; the model reads the reason."""
    _decide(target, approval_id, fingerprint, {"decision": "reject"} | ({"reason": reason} if reason else {}))


@click.command()
@click.argument("approval_id", metavar="APPROVAL_ID")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="A new value: JSON, else text.")
@click.option("--arguments", metavar="JSON", help="All arguments, as one JSON object.")
@click.option("--fingerprint", help="The fingerprint you saw; refused if it is not the current one.")
@on_a_stack
def edit(
    target: Target, approval_id: str, changes: tuple[str, ...], arguments: str | None, fingerprint: str | None
) -> None:
    """Change a call's arguments and let that through, if policy agrees."""
    if not changes and not arguments:
        usage("say what to change: --set NAME=VALUE, or --arguments JSON")
    whole: dict[str, Any] = target.client().get(path("approvals", approval_id))["arguments"]
    if arguments:
        whole = _parsed(arguments, "--arguments")
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            usage(f"--set {change!r} has no '='; write --set NAME=VALUE")
        whole[name] = _value(value)
    _decide(target, approval_id, fingerprint, {"decision": "edit", "arguments": whole})


def describe_approval(approval: dict[str, Any]) -> None:
    """One question in words: what, why it asks, each argument and where it came from."""
    say(f"{approval['approval_id']}  {approval['status']}  until {when(approval['expires_at'])}", "bold")
    say(f"  {approval.get('summary') or approval['tool']}")
    for reason in approval["reasons"]:
        say(f"  asks because of {reason['rule']}: {reason['message']}", "dim")
    origins = approval["origins"]
    table(
        ["  ARGUMENT", "VALUE", "FROM"],
        [
            [f"  {name}", json.dumps(value, ensure_ascii=False), _origin(origins.get(f"/{name}"))]
            for name, value in approval["arguments"].items()
        ],
    )


def _origin(origin: Any) -> str:
    if not isinstance(origin, dict):
        return "-"
    trusted = "" if origin.get("trusted") else " (unverified)"
    return " ".join(str(part) for part in (origin.get("from"), origin.get("name")) if part) + trusted


def _decide(target: Target, approval_id: str, fingerprint: str | None, decision: dict[str, Any]) -> None:
    client = target.client()
    seen = fingerprint or client.get(path("approvals", approval_id))["fingerprint"]
    approval = client.post(path("approvals", approval_id, "decision"), decision | {"fingerprint": seen})
    if as_json():
        emit(approval)
    else:
        say(f"{approval['approval_id']} {approval['status']}")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _parsed(text: str, option: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        usage(f"{option} is not JSON ({error})")
    if not isinstance(value, dict):
        usage(f"{option} must be one JSON object")
    return value
