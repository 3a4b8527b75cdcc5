"""The end of a question that nobody answered: it closes, then its call, and what is not approved does not run."""

from tollgate.models.approval import Approval
from tollgate.store.calls import key
from tollgate.store.stores import Stores


def expire(stores: Stores, approval: Approval, *, error: str) -> Approval:
    """Closes the question, then the call: a decision that came first stays, and none can come in between.

    Again for one that was cut off on the way. Returns the approval as it then stands.
    """
    stores.approvals.close(approval.approval_id, "expired")
    current = stores.approvals.get(approval.approval_id)
    if current.status != "expired":
        return current
    call_key = key(approval.tool, approval.execution_id, approval.step, approval.call_id)
    stores.calls.expire_asked(call_key, fingerprint=approval.fingerprint)
    body = {
        "approval_id": approval.approval_id,
        "tool": approval.tool,
        "call_id": approval.call_id,
        "error": error,
    }
    record = f"{approval.step:06d}#30#{approval.approval_id}#90#expired"
    stores.journal.write(approval.execution_id, record, "approval_expired", body, step=approval.step)
    return current
