"""The gate from the command line: `approvals approve reject edit`. What was shown is what is decided."""

import json
from typing import Any

import click

from cli.approval_lines import describe_approval, outcome
from cli.audit_lines import show_audit
from cli.client import path
from cli.context import on_a_stack
from cli.failure import usage
from cli.output import as_json, emit, say
from cli.since import Since
from cli.target import Target


@click.command()
@click.argument("approval_id", metavar="[APPROVAL_ID]", required=False)
@click.option("--all", "every", is_flag=True, help="Decided ones too.")
@click.option("--audit", is_flag=True, help="Who did what to which of them, instead: of one, or the newest of all.")
@click.option("--since", type=Since(), help="With --audit: nothing older than a day, an instant, 12h or 30d.")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@on_a_stack
def approvals(target: Target, approval_id: str | None, every: bool, audit: bool, since: str | None, limit: int) -> None:
    """List the questions that wait for a person; with APPROVAL_ID, show that one."""
    if audit:
        _audit(target, approval_id, since, limit)
        return
    if since:
        usage("--since goes with --audit")
    if approval_id:
        _one(target, approval_id)
        return
    page = target.client().get(path("approvals"), status=None if every else "pending", limit=limit)
    if as_json():
        emit(page)
        return
    for item in page["items"]:
        describe_approval(item, whole=False)
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


def _one(target: Target, approval_id: str) -> None:
    approval = target.client().get(path("approvals", approval_id))
    if as_json():
        emit(approval)
        return
    describe_approval(approval, whole=True)


def _audit(target: Target, approval_id: str | None, since: str | None, limit: int) -> None:
    """Of one approval all of it, oldest first; of all approvals the newest lines."""
    if approval_id and since:
        usage("--since is for the audit of all approvals; one approval's is shown whole")
    client = target.client()
    page = (
        client.get(path("approvals", approval_id, "audit"))
        if approval_id
        else client.get(path("audit"), since=since, limit=limit)
    )
    if as_json():
        emit(page)
        return
    show_audit(page["items"])


def _decide(target: Target, approval_id: str, fingerprint: str | None, decision: dict[str, Any]) -> None:
    client = target.client()
    seen = fingerprint or client.get(path("approvals", approval_id))["fingerprint"]
    approval = client.post(path("approvals", approval_id, "decision"), decision | {"fingerprint": seen})
    if as_json():
        emit(approval)
    else:
        say(outcome(approval))


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
