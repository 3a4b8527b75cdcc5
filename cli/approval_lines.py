"""One question in words, as its card has it. Nothing that a model or a document wrote speaks to the terminal."""

from typing import Any

from tollgate.approvals.visible import brief, one_line, space_warnings, warnings
from tollgate.approvals.visible import whole as whole_text
from tollgate.slack import origin
from tollgate.slack.arguments import labelled_text

from cli.output import say, when

_CUT = 600
_VERBS = {"approve": "Approved", "reject": "Rejected", "edit": "Edited"}


def describe_approval(approval: dict[str, Any], *, whole: bool) -> None:
    """What, why, each argument with its origin, who may decide; `whole` shows every value to its last character."""
    say(f"{approval['approval_id']}  {approval['status']}  until {when(approval['expires_at'])}", "bold")
    say(f"  {one_line(approval.get('summary') or approval['tool'], _CUT)}")
    asked_by = f"asked by {one_line(approval['requester'], 120)} through agent {approval['agent']}"
    say(f"  {approval['tool']} ({approval['effect']}) · {asked_by} · {approval['execution_id']}", "dim")
    for reason in approval["reasons"]:
        say(f"  asks because of {reason['rule']}: {one_line(reason['message'], 1000)}", "dim")
    sinks = [name for name in approval["sinks"] if name in approval["arguments"]]
    for name in dict.fromkeys([*sinks, *approval["arguments"]]):
        _argument(approval, name, is_sink=name in sinks, is_whole=whole)
    for line in _who(approval):
        say(f"  {line}", "dim")
    if approval.get("cost"):
        say(f"  Spent so far: {approval['cost']}", "dim")


def outcome(approval: dict[str, Any]) -> str:
    """What came of a decision; of one that did not open the gate, what is missing."""
    found = f"{approval['approval_id']} {approval['status']}"
    if approval["status"] != "pending":
        return found
    missing = approval["quorum"] - len(approval["decisions"])
    others = "another person" if missing == 1 else f"{missing} other people"
    return f"{found}: {_agreed(approval)}; {others} must agree"


def _argument(approval: dict[str, Any], name: str, *, is_sink: bool, is_whole: bool) -> None:
    label, text = labelled_text(name, approval["arguments"][name], approval["argument_schema"])
    value = whole_text(text).replace("\n", "\n    ") if is_whole else brief(text, _CUT)
    say(f"  {'◆ ' if is_sink else ''}{label}: {value}")
    source = origin.words(approval["origins"], name, approval["requester"])
    mark = ("✓ " if origin.is_vouched(approval["origins"], name) else "⚠ ") if is_sink else ""
    say(f"      {mark}{source}", "dim")
    for warning in [*warnings(text), *(space_warnings(text) if is_sink else [])]:
        say(f"      ⚠ {warning}", "yellow")


def _who(approval: dict[str, Any]) -> list[str]:
    """While it waits, who may decide and who has agreed; then who decided what."""
    if approval["status"] != "pending":
        return [_said(said) for said in approval["decisions"]]
    may = ", ".join(one_line(approver, 120) for approver in approval["approvers"]) or "any person of the tenant"
    return [f"May decide: {may}", *([_agreed(approval)] if approval["quorum"] > 1 else [])]


def _agreed(approval: dict[str, Any]) -> str:
    agreed = [one_line(said["by"], 120) for said in approval["decisions"]]
    by = f": {', '.join(agreed)}" if agreed else ""
    return f"{len(agreed)} of {approval['quorum']} people agreed{by}"


def _said(said: dict[str, Any]) -> str:
    reason = f" “{one_line(said['reason'], _CUT)}”" if said.get("reason") else ""
    return f"{_VERBS[said['decision']]} by {one_line(said['by'], 120)} at {when(said['at'])}{reason}"
