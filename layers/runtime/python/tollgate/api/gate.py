"""The API's door to the gate: a decision in JSON, by a mapped principal."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, StrictStr

from tollgate.api import view
from tollgate.approvals.decide import Word, decide
from tollgate.approvals.deciders import Deciders
from tollgate.approvals.follow_up import complete
from tollgate.approvals.veil import places_of_masks, unveiled, veiled, without_secrets
from tollgate.errors import InvalidError
from tollgate.models.approval import Source
from tollgate.models.principal import Principal
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
        arguments = self._arguments(principal, approval_id, request)
        word = Word(request.decision, request.fingerprint, arguments, request.reason)
        decided = decide(self.stores, self.deciders.of_principal(principal, source), approval_id, word, via="api")
        approval = complete(self.stores, self.slack, decided.approval, patient=False)
        return view.approval(without_secrets(approval))

    def _arguments(self, principal: Principal, approval_id: str, request: DecisionRequest) -> dict[str, Any] | None:
        """The arguments of an edit; a mask that was shown and sent back stands for its value.

        Raises `InvalidError` for any other mask: what it stands for cannot be told.
        """
        given = request.arguments
        if given is None or not places_of_masks(given):
            return given
        approval = self.stores.approvals.get(approval_id, tenant=principal.tenant)
        for shown in (veiled(self.stores.journal, approval), without_secrets(approval)):
            given = unveiled(given, shown.arguments, approval.arguments)
        if left := places_of_masks(given):
            message = "holds a mask that was not shown there; write the value itself"
            raise InvalidError(
                "the edited arguments hold a mask instead of a value",
                [{"pointer": f"/arguments/{name}", "message": message} for name in left],
            )
        return dict(given)


def source_of(event: dict[str, Any]) -> Source:
    """Where a request came from: its address, and what its client calls itself, which proves nothing."""
    http = event.get("requestContext", {}).get("http", {})
    client = str(http.get("userAgent") or "")[:CLIENT_CHARACTERS] or None
    door: Literal["api", "cli"] = "cli" if client and client.startswith(OWN_CLIENT) else "api"
    return Source(door=door, address=http.get("sourceIp"), client=client)
