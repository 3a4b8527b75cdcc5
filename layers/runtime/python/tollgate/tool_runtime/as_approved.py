"""What runs is what was screened and approved: the fingerprint is made anew from the very call that would run."""

from typing import Any

from tollgate.canonical import fingerprint
from tollgate.errors import CallRefusedError
from tollgate.models.call import Call


def check_fingerprint(call: Call, *, tool: str, event: dict[str, Any]) -> None:
    """Raises `CallRefusedError` unless the ledger's item is, part by part, what its fingerprint says.

    Tool and place are those of this function and this event, not what the item says of itself; that the manifest is
    still the one of the item, the ledger's own condition holds.
    """
    made = fingerprint(
        tool=tool,
        manifest_digest=call.manifest_digest,
        tenant=call.principal.tenant,
        execution_id=str(event["execution"]),
        call_key=f"{int(event['step']):06d}#{event['call']}#{call.round}",
        arguments=call.arguments,
        expires_at=int(call.expires_at),
    )
    if made != call.fingerprint:
        raise CallRefusedError(
            f"{tool}: the call in the ledger is not the one that was cleared: its fingerprint is {made}, "
            f"and {call.fingerprint} was; it does not run, look at the audit of its approval"
        )
