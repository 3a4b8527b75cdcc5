"""The card: what a person sees of an approval, as Block Kit. Pure. Everything that is not ours is plain text.

Limits: https://docs.slack.dev/reference/block-kit/blocks (50 blocks, 3,000 characters a section, 2,000 a field).
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tollgate.approvals.visible import one_line, visible, warnings
from tollgate.models.approval import Approval, Decision
from tollgate.slack import origin
from tollgate.slack.blocks import (
    HEADER,
    Block,
    actions,
    button,
    confirm,
    context,
    divider,
    header,
    labelled,
    section,
)

SINK_CHARACTERS = 2800
"""A sink value longer than a section can hold is not shown, and the card then cannot approve."""
ARGUMENT_CHARACTERS = 600
MAX_ARGUMENTS = 18
_VERBS = {"approve": "Approved", "reject": "Rejected", "edit": "Edited"}


@dataclass(frozen=True)
class Card:
    """A message: its blocks, and the line for notifications and screen readers."""

    text: str
    blocks: list[Block]


def open_card(approval: Approval, console_url: str) -> Card:
    """The question with its buttons. Sinks come first and whole, or the card does not approve."""
    whole = _shows_every_sink(approval)
    blocks = [
        *_headline(approval),
        *_reasons(approval),
        divider(),
        *_arguments(approval),
        divider(),
        *_progress(approval),
        context(f"Spent so far: {approval.cost}", f"Expires {_time(approval.expires_at)}"),
        _where(approval, console_url),
        _buttons(approval, whole=whole),
    ]
    if not whole:
        blocks.insert(
            -1, section("⚠ A value that carries authority is too long for Slack: decide where it can be read.")
        )
    return Card(f"Approval needed: {one_line(approval.summary, 300)}", blocks)


def closed_card(approval: Approval, console_url: str) -> Card:
    """What came of it: who decided what and when, and with an edit what will be tried instead."""
    title = _TITLES[approval.status]
    blocks = [
        header(f"{title} · {approval.tool}"),
        section(one_line(approval.summary, 2900)),
        context(_asked_by(approval)),
        *(block for decision in approval.decisions for block in _said(approval, decision)),
        *_fate(approval),
        divider(),
        _where(approval, console_url),
    ]
    return Card(f"{title}: {one_line(approval.summary, 300)}", blocks)


def moved_card(approval: Approval, console_url: str) -> Card:
    """What the first card becomes when the question went to others."""
    blocks = [
        header(f"↑ Escalated · {approval.tool}"),
        section(one_line(approval.summary, 2900)),
        context("Nobody decided in time; others were asked, and their card decides."),
        _where(approval, console_url),
    ]
    return Card(f"Escalated: {one_line(approval.summary, 300)}", blocks)


_TITLES: dict[str, str] = {
    "approved": "✓ Approved",
    "rejected": "✗ Rejected",
    "edited": "✎ Edited",
    "expired": "⌛ Expired",
    "revoked": "■ Withdrawn",
}


def _headline(approval: Approval) -> list[Block]:
    """What will happen, in one line; a line that a header would cut stands below it too."""
    line = one_line(approval.summary, 2900)
    title = f"⚠ {line}" if approval.effect == "destructive" else line
    return [header(title), *([section(line)] if len(title) > HEADER else []), context(_asked_by(approval))]


def _asked_by(approval: Approval) -> str:
    return f"{approval.tool} ({approval.effect}) · asked by {_name(approval.requester)} through agent {approval.agent}"


def _reasons(approval: Approval) -> list[Block]:
    lines = [f"• {reason.rule}: {one_line(reason.message, 400)}" for reason in approval.reasons[:6]]
    return [section("Why it asks\n" + "\n".join(lines))] if lines else []


def _arguments(approval: Approval) -> list[Block]:
    """Sinks first; what does not fit is counted, never dropped in silence."""
    sinks = [name for name in dict.fromkeys(approval.sinks) if name in approval.arguments]
    others = [name for name in approval.arguments if name not in sinks]
    shown = [*sinks, *others][:MAX_ARGUMENTS]
    blocks = [block for name in shown for block in _argument(approval, name, is_sink=name in sinks)]
    if left_out := len(approval.arguments) - len(shown):
        blocks.append(context(f"{left_out} more arguments are not shown here; see the run."))
    return blocks


def _argument(approval: Approval, name: str, *, is_sink: bool) -> list[Block]:
    value = approval.arguments[name]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if is_sink:
        shown = visible(text) if len(visible(text)) <= SINK_CHARACTERS else "(too long for a card)"
    else:
        shown = one_line(text, ARGUMENT_CHARACTERS)
    label = f"{'◆ ' if is_sink else ''}{one_line(name, 80)}"
    notes = [origin.words(approval.origins, name), *(f"⚠ {warning}" for warning in warnings(text))]
    return [labelled(label, shown or "(empty)"), context(" · ".join(note for note in notes if note))]


def _progress(approval: Approval) -> list[Block]:
    who = ", ".join(_name(approver) for approver in approval.approvers) or "any person of the tenant"
    lines = [f"May decide: {who}"]
    if approval.quorum > 1:
        agreed = [_name(decision.by) for decision in approval.decisions]
        lines.append(f"{len(agreed)} of {approval.quorum} people agreed" + (f": {', '.join(agreed)}" if agreed else ""))
    if approval.escalated:
        lines.append("Escalated: nobody decided in time")
    return [context(*lines)]


def _buttons(approval: Approval, *, whole: bool) -> Block:
    value = json.dumps({"approval_id": approval.approval_id, "fingerprint": approval.fingerprint})
    reject = button("Reject", "reject", value, style="danger")
    if not whole:
        return actions(reject)
    asked = confirm(
        "Really approve?", f"This destroys something: {one_line(approval.summary, 200)}", yes="Approve", no="Go back"
    )
    approve = button(
        "Approve", "approve", value, style="primary", confirm=asked if approval.effect == "destructive" else None
    )
    return actions(approve, button("Edit", "edit", value), reject)


def _said(approval: Approval, decision: Decision) -> list[Block]:
    slack = "Slack" if decision.via == "slack" else "the API"
    line = f"{_VERBS[decision.decision]} by {_name(decision.by)} at {_time(decision.at)} through {slack}"
    blocks = [section(line + (f"\n“{one_line(decision.reason, 1500)}”" if decision.reason else ""))]
    for name, value in (decision.arguments or {}).items():
        before = approval.arguments.get(name)
        if name not in approval.arguments or before != value:
            blocks.append(labelled(one_line(name, 80), f"{_short(before)} → {_short(value)}"))
    removed = [name for name in approval.arguments if decision.arguments is not None and name not in decision.arguments]
    return [*blocks[:20], *(labelled(one_line(name, 80), "removed") for name in removed[:10])]


def _fate(approval: Approval) -> list[Block]:
    if approval.status == "expired":
        return [section(f"Nobody decided by {_time(approval.expires_at)}. It was not run, and the agent was told.")]
    if approval.status == "revoked":
        return [section("The execution ended before anybody decided. It was not run.")]
    return []


def _where(approval: Approval, console_url: str) -> Block:
    if console_url:
        return context(link=(f"{console_url.rstrip('/')}/executions/{approval.execution_id}", "Open the run"))
    return context(f"tollgate show {approval.execution_id}")


def _shows_every_sink(approval: Approval) -> bool:
    sinks = [name for name in dict.fromkeys(approval.sinks) if name in approval.arguments]
    values = [approval.arguments[name] for name in sinks]
    texts = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values]
    return len(sinks) <= MAX_ARGUMENTS and all(len(visible(text)) <= SINK_CHARACTERS for text in texts)


def _short(value: Any) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 400)


def _name(text: str) -> str:
    return one_line(text, 120)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC") if seconds else "never"
