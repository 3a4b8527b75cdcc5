"""What a card becomes: who decided what and when, why nobody did, or that others are asked now. Pure; no buttons."""

import json

from tollgate.approvals.visible import one_line
from tollgate.models.approval import Approval, Decision
from tollgate.slack.arguments import as_text
from tollgate.slack.blocks import MESSAGE, Block, characters, context, divider, header, labelled, section
from tollgate.slack.card import SUMMARY_CHARACTERS, Card, asked_by, may_decide, name, notification, time, where

VALUE_CHARACTERS = 300
REASON_CHARACTERS = 1500
_VERBS = {"approve": "Approved", "reject": "Rejected", "edit": "Edited"}
_DOORS = {"slack": "Slack", "api": "the API"}
_TITLES: dict[str, str] = {
    "approved": "✓ Approved",
    "rejected": "✗ Rejected",
    "edited": "✎ Edited",
    "expired": "◷ Expired",
    "revoked": "■ Withdrawn",
}


def closed_card(approval: Approval, console_url: str) -> Card:
    """What came of it: who decided what and when, and with an edit what will be tried instead."""
    title = _TITLES[approval.status]
    above = [header(f"{title} · {approval.tool}"), *_about(approval)]
    below = [*_fate(approval), divider(), where(approval, console_url)]
    said = [block for decision in approval.decisions for block in _said(approval, decision)]
    room = MESSAGE - characters([*above, *below])
    return Card(notification(title, approval), [*above, *_fitting(said, room), *below])


def moved_card(approval: Approval, console_url: str) -> Card:
    """What the first card becomes when the question went to others."""
    blocks = [
        header(f"↑ Escalated · {approval.tool}"),
        *_about(approval),
        section("Nobody decided in time. A second card asks others too, and that card decides."),
        context(may_decide(approval)),
        divider(),
        where(approval, console_url),
    ]
    return Card(notification("Escalated", approval), blocks)


def _about(approval: Approval) -> list[Block]:
    proposed = "Proposed: " if approval.status == "edited" else ""
    return [section(proposed + one_line(approval.summary, SUMMARY_CHARACTERS)), asked_by(approval)]


def _said(approval: Approval, decision: Decision) -> list[Block]:
    """One person's word with its reason, and with an edit what it changes."""
    door = _DOORS.get(decision.via, decision.via)
    line = f"{_VERBS[decision.decision]} by {name(decision.by)} at {time(decision.at)} through {door}"
    reason = f"\n“{one_line(decision.reason, REASON_CHARACTERS)}”" if decision.reason else ""
    return [section(line + reason), *_changes(approval, decision)]


def _changes(approval: Approval, decision: Decision) -> list[Block]:
    """Before and after of what an edit changes. Empty for the other decisions."""
    if decision.arguments is None:
        return []
    before, after = approval.arguments, decision.arguments
    changed = [
        labelled(
            one_line(argument, 80),
            _difference(as_text(before[argument]), as_text(after[argument]))
            if argument in before
            else f"(absent) → {_short(after[argument])}",
        )
        for argument in after
        if argument not in before or json.dumps(before[argument]) != json.dumps(after[argument])
    ]
    removed = [
        labelled(one_line(argument, 80), f"{_short(before[argument])} → (removed)")
        for argument in before
        if argument not in after
    ]
    return [*changed, *removed]


def _fitting(blocks: list[Block], room: int) -> list[Block]:
    """As many as Slack takes, and how many it does not."""
    kept = blocks
    while kept and (len(kept) > 30 or characters(kept) > room - 200):
        kept = kept[:-1]
    left_out = len(blocks) - len(kept)
    return [*kept, context(f"{left_out} more changes are not shown here; see the run.")] if left_out else kept


def _fate(approval: Approval) -> list[Block]:
    if approval.status == "expired":
        return [section(f"Nobody decided by {time(approval.expires_at)}. It was not run, and the agent was told.")]
    if approval.status == "revoked":
        return [section("The execution ended before this was decided. It was not run.")]
    if approval.status == "edited":
        return [section("The edited call is screened again: it may run, be refused, or be asked about once more.")]
    return []


def _difference(before: str, after: str) -> str:
    """Both around the first place where they differ, so that they never look the same."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((place for place, (old, new) in pairs if old != new), min(len(before), len(after)))
    start = same - VALUE_CHARACTERS // 3 if same > VALUE_CHARACTERS // 2 else 0
    cut = "…" if start else ""
    return " → ".join(cut + one_line(text[start:], VALUE_CHARACTERS) for text in (before, after))


def _short(value: object) -> str:
    return one_line(as_text(value), VALUE_CHARACTERS)
