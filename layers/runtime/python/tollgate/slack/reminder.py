"""The reminder of a question that still waits: a line below its card, addressed to those who may decide. Pure."""

import re
from typing import Any

from tollgate.approvals.visible import one_line
from tollgate.models.approval import Approval
from tollgate.slack.blocks import context, escaped, section
from tollgate.slack.card import Card

MAX_MENTIONS = 20
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_GROUP = re.compile(r"slack_group:(S[A-Z0-9]{2,20})")


def reminder(approval: Approval, to_ask: list[str]) -> Card:
    """What is asked, of whom, and how many are missing. `to_ask` are Slack ids, from the deployment's table."""
    line = f"Still waiting for a decision: {one_line(approval.summary, 300)}"
    blocks: list[dict[str, Any]] = [section(line)]
    if asked := " ".join(_mentions(approval, to_ask)):
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": asked, "verbatim": True}})
    blocks.append(context(f"{approval.missing} of {approval.quorum} must still agree; the card decides."))
    return Card(escaped(line), blocks)


def _mentions(approval: Approval, to_ask: list[str]) -> list[str]:
    """Only what has the form of Slack's own ids becomes markup; all other text is plain."""
    groups = [match[1] for approver in approval.approvers if (match := _GROUP.fullmatch(approver))]
    # Where any person of the tenant may decide, nobody in particular is asked.
    people = [user for user in to_ask if _USER.fullmatch(user)] if approval.approvers else []
    return [f"<!subteam^{group}>" for group in groups] + [f"<@{user}>" for user in people[:MAX_MENTIONS]]
