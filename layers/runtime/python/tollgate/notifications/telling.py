"""What a notification tells: that a question waits, whose it is, and where to log in. Pure.

It leaves the account, by e-mail too, so it holds no value of any argument, no text of a model or a document, no
fingerprint, no token, and no link that decides anything.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tollgate.canonical import digest
from tollgate.clock import iso
from tollgate.models.approval import Approval

About = Literal["requested", "reminded", "escalated"]
_WORDS: dict[About, str] = {
    "requested": "waits for a decision",
    "reminded": "still waits for a decision",
    "escalated": "was escalated and waits for a decision",
}


class Telling(BaseModel):
    """One thing to tell, as it is handed to the function that tells it. `at` is epoch seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approval_id: str
    about: About
    number: int = 1
    at: float

    def message_id(self, target: str) -> str:
        """The same over every retry, so that a receiver can drop what it has."""
        return "msg_" + digest([self.approval_id, self.about, self.number, target]).removeprefix("sha256:")[:32]


def document(telling: Telling, approval: Approval, console_url: str) -> dict[str, Any]:
    """The webhook's body."""
    data: dict[str, Any] = {
        "approval_id": approval.approval_id,
        "execution_id": approval.execution_id,
        "agent": approval.agent,
        "tool": approval.tool,
        "effect": approval.effect,
        "requester": approval.requester,
        "approvers": approval.approvers,
        "quorum": approval.quorum,
        "expires_at": iso(approval.expires_at),
        "command": f"tollgate approvals {approval.approval_id}",
    }
    if console_url:
        data["url"] = _run(approval, console_url)
    return {"type": f"approval.{telling.about}", "timestamp": iso(telling.at), "data": data}


def subject(telling: Telling, approval: Approval) -> str:
    """At most 100 ASCII characters, as SNS wants an e-mail's subject."""
    return f"Tollgate: {approval.tool} {_WORDS[telling.about]}"[:100].encode("ascii", "replace").decode()


def text(telling: Telling, approval: Approval, console_url: str) -> str:
    """The e-mail."""
    who = ", ".join(approval.approvers) or "any person of the tenant"
    lines = [
        f"The agent {approval.agent} wants to run {approval.tool} ({approval.effect}); it {_WORDS[telling.about]}.",
        f"May decide: {who}" + (f", {approval.quorum} people" if approval.quorum > 1 else ""),
        f"Asked for by: {approval.requester}",
        f"Expires: {iso(approval.expires_at)[:16]}Z. Without a decision it does not run.",
        "",
        "What it would do is shown after you log in, and only there can you decide:",
        f"  tollgate approvals {approval.approval_id}",
        *([f"  {_run(approval, console_url)}"] if console_url else []),
    ]
    return "\n".join(lines) + "\n"


def _run(approval: Approval, console_url: str) -> str:
    return f"{console_url.rstrip('/')}/executions/{approval.execution_id}"
