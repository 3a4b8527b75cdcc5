"""The API's door to the gate: a decision in JSON, by a mapped principal."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, StrictStr

from tollgate.api import view
from tollgate.approvals.decide import decide
from tollgate.approvals.deciders import Deciders
from tollgate.models.approval import Source
from tollgate.models.principal import Principal
from tollgate.slack.announcement import show_decision
from tollgate.slack.connection import Connection
from tollgate.store.stores import Stores

OWN_CLIENT = "tollgate-cli/"
CLIENT_CHARACTERS = 200


class DecisionRequest(BaseModel):
    """The body of `POST /v1/approvals/{id}/decision`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: Literal["approve", "reject", "edit"]
    fingerprint: StrictStr
    arguments: dict[str, Any] | None = None
    reason: StrictStr | None = None


@dataclass(frozen=True)
class Gate:
    """Decisions through the API; one per function."""

    stores: Stores
    deciders: Deciders
    slack: Connection

    def decide(
        self, principal: Principal, approval_id: str, request: DecisionRequest, source: Source
    ) -> dict[str, Any]:
        """The approval after the decision; its card in Slack is replaced too."""
        approval = decide(
            self.stores,
            self.deciders.of_principal(principal, source),
            approval_id,
            kind=request.decision,
            fingerprint=request.fingerprint,
            arguments=request.arguments,
            reason=request.reason,
            via="api",
        )
        show_decision(self.stores, self.slack, approval)
        return view.approval(approval)


def source_of(event: dict[str, Any]) -> Source:
    """Where a request came from: its address, and what its client calls itself, which proves nothing."""
    http = event.get("requestContext", {}).get("http", {})
    client = str(http.get("userAgent") or "")[:CLIENT_CHARACTERS] or None
    door: Literal["api", "cli"] = "cli" if client and client.startswith(OWN_CLIENT) else "api"
    return Source(door=door, address=http.get("sourceIp"), client=client)
