"""The card: what a person sees of an approval, as Block Kit. Pure. Everything that is not ours is plain text.

Limits: https://docs.slack.dev/reference/block-kit/blocks (50 blocks, 3,000 characters a section, 2,000 a field).
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from tollgate.approvals.visible import one_line
from tollgate.models.approval import Approval
from tollgate.slack.arguments import Shown, shown_arguments
from tollgate.slack.blocks import (
    HEADER,
    MESSAGE,
    Block,
    actions,
    button,
    characters,
    confirm,
    context,
    divider,
    escaped,
    header,
    link,
    moment,
    section,
)
from tollgate.slack.fields import field_names

SUMMARY_CHARACTERS = 600
MAX_REASONS = 6
MAX_APPROVERS = 20
SPARE_CHARACTERS = 400
"""Left free for what is said about arguments that did not fit."""


@dataclass(frozen=True)
class Card:
    """A message: its blocks, and the line for notifications and screen readers, which Slack reads as markup."""

    text: str
    blocks: list[Block]


def open_card(approval: Approval, console_url: str) -> Card:
    """The question with its buttons. Sinks come first and whole, or the card does not approve."""
    above = [*headline(approval), *_reasons(approval), divider()]
    below = [*_legend(approval), divider(), _progress(approval), _cost(approval), where(approval, console_url)]
    buttons = _buttons(approval)
    shown = shown_arguments(approval, MESSAGE - SPARE_CHARACTERS - characters([*above, *below, buttons]))
    buttons = _reject_only(approval) if shown.missing_sinks or shown.hidden_sinks else buttons
    blocks = [*above, *_undecidable(approval, shown), *shown.blocks, *_left_out(shown), *below, buttons]
    return Card(notification("Approval needed", approval), blocks)


def notification(title: str, approval: Approval) -> str:
    """One line for who does not see the blocks."""
    return escaped(f"{title}: {one_line(approval.summary, 300)}")


def headline(approval: Approval) -> list[Block]:
    """What will happen, in one line; a line that a header would cut stands below it too."""
    line = one_line(approval.summary, SUMMARY_CHARACTERS)
    title = f"⚠ {line}" if approval.effect == "destructive" else line
    return [header(title), *([section(line)] if len(title) > HEADER else []), asked_by(approval)]


def asked_by(approval: Approval) -> Block:
    """Which tool, for whom, through which agent."""
    return context(
        f"{approval.tool} ({approval.effect}) · asked by {name(approval.requester)} through agent {approval.agent}"
    )


def where(approval: Approval, console_url: str) -> Block:
    """The way to the whole run, and to this question on the command line."""
    run = approval.execution_id
    shown = link(f"{console_url.rstrip('/')}/executions/{run}", "Open the run") if console_url else ""
    return context(shown or f"The run: tollgate show {run}")


def name(text: str) -> str:
    """A person or a group on one line."""
    return one_line(text, 120)


def may_decide(approval: Approval) -> str:
    """Who may say yes or no."""
    named = [name(approver) for approver in approval.approvers]
    more = f" and {len(named) - MAX_APPROVERS} more" if len(named) > MAX_APPROVERS else ""
    return f"May decide: {', '.join(named[:MAX_APPROVERS]) or 'any person of the tenant'}{more}"


def time(seconds: float) -> str:
    """A point in time that means the same to every reader."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC") if seconds else "never"


def _reasons(approval: Approval) -> list[Block]:
    lines = [f"• {reason.rule}: {one_line(reason.message, 300)}" for reason in approval.reasons[:MAX_REASONS]]
    more = len(approval.reasons) - MAX_REASONS
    lines += [f"• and {more} more reasons; the run has them all"] if more > 0 else []
    return [section("Why it asks\n" + "\n".join(lines))] if lines else []


def _undecidable(approval: Approval, shown: Shown) -> list[Block]:
    """Why this card cannot approve, and where it can be read and decided; before what can be read here."""
    blocks: list[Block] = []
    if shown.hidden_sinks:
        blocks.append(_elsewhere(approval, shown.hidden_sinks, "is personal or secret, so it is not shown here"))
    if shown.missing_sinks:
        blocks.append(_elsewhere(approval, shown.missing_sinks, "is too long to be shown whole here"))
    return blocks


def _left_out(shown: Shown) -> list[Block]:
    """What is missing is said."""
    more = shown.left_out
    words = f"{more} more argument is" if more == 1 else f"{more} more arguments are"
    return [context(f"{words} not shown here; see the run.")] if more else []


def _elsewhere(approval: Approval, sinks: list[str], why: str) -> Block:
    names = ", ".join(one_line(sink, 60) for sink in sinks[:3])
    more = f" and {len(sinks) - 3} more" if len(sinks) > 3 else ""
    return section(
        f"⚠ This cannot be approved in Slack: ◆ {names}{more} carries authority and {why}. Read it with "
        f"`tollgate approvals {approval.approval_id}`, then `tollgate approve {approval.approval_id}`."
    )


def _legend(approval: Approval) -> list[Block]:
    has_sinks = any(sink in approval.arguments for sink in approval.sinks)
    return [context("◆ carries authority: check it first")] if has_sinks else []


def _progress(approval: Approval) -> Block:
    lines = [may_decide(approval)]
    if approval.quorum > 1:
        agreed = [name(decision.by) for decision in approval.decisions]
        lines.append(f"{len(agreed)} of {approval.quorum} people agreed" + (f": {', '.join(agreed)}" if agreed else ""))
    if approval.escalated:
        lines.append("Escalated: nobody decided in time")
    return context(*lines)


def _cost(approval: Approval) -> Block:
    expires = approval.expires_at
    return context(
        f"Spent so far: {approval.cost}", moment("Expires", expires, time(expires)) if expires else "Expires never"
    )


def _buttons(approval: Approval) -> Block:
    asked = confirm(
        "Really approve?", f"This destroys something: {one_line(approval.summary, 200)}", yes="Approve", no="Go back"
    )
    confirmed = asked if approval.effect == "destructive" else None
    approve = button("Approve", "approve", _about(approval), style="primary", confirm=confirmed)
    edit = [button("Edit", "edit", _about(approval))] if field_names(approval) else []
    return actions(approve, *edit, _reject(approval))


def _reject_only(approval: Approval) -> Block:
    return actions(_reject(approval))


def _reject(approval: Approval) -> Block:
    return button("Reject", "reject", _about(approval), style="danger")


def _about(approval: Approval) -> str:
    return json.dumps({"approval_id": approval.approval_id, "fingerprint": approval.fingerprint})
