"""The two modals: a reason for a rejection, and a form with a field per argument for an edit. Pure."""

import json

from tollgate.approvals.decide import REASON_CHARACTERS
from tollgate.approvals.visible import one_line
from tollgate.models.approval import Approval
from tollgate.slack.blocks import Block, context, field, modal, section
from tollgate.slack.fields import fields

REASON = "reason"
SUMMARY_CHARACTERS = 600


def reject_view(approval: Approval) -> Block:
    """Asks why; the model reads the answer."""
    element = {"type": "plain_text_input", "multiline": True, "max_length": REASON_CHARACTERS}
    blocks = [
        section(one_line(approval.summary, SUMMARY_CHARACTERS)),
        field(REASON, "Why not?", element, optional=True, hint="The agent reads this and can do better."),
    ]
    return modal(
        title="Reject", submit="Reject", callback_id="reject", private_metadata=metadata(approval), blocks=blocks
    )


def edit_view(approval: Approval) -> Block:
    """A field per argument of the tool's schema, filled with what the agent proposed. The tool cannot be changed."""
    inputs = fields(approval)
    blocks = [
        section(one_line(approval.summary, SUMMARY_CHARACTERS)),
        context(f"Arguments of {approval.tool}. What you save is screened again before it runs."),
    ]
    blocks += inputs.values()
    kept = [name for name in approval.arguments if name not in inputs and name not in approval.hidden]
    for why, left in (
        ("Too long or too many for this form", kept),
        ("Personal or secret, not shown here", approval.hidden),
    ):
        if left:
            shown = ", ".join(one_line(name, 80) for name in left[:20])
            more = f" and {len(left) - 20} more" if len(left) > 20 else ""
            blocks.append(
                context(
                    f"{why}, kept as they are: {shown}{more}. `tollgate edit {approval.approval_id}` can change them."
                )
            )
    return modal(
        title="Edit", submit="Save and decide", callback_id="edit", private_metadata=metadata(approval), blocks=blocks
    )


def metadata(approval: Approval) -> str:
    """What the modal is about, for the way back; at most 3,000 characters, and no token."""
    return json.dumps({"approval_id": approval.approval_id, "fingerprint": approval.fingerprint})
