"""One tool call in the ledger: the only record that decides whether its effect may start."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tollgate.models.principal import Principal
from tollgate.models.verdict import Reason


class CallState(StrEnum):
    """ASKED -> APPROVED | EDITED | REJECTED | EXPIRED; CLEARED or APPROVED -> STARTED -> DONE.

    EDITED is screened again; REFUSED is policy's own no.
    """

    ASKED = "ASKED"
    CLEARED = "CLEARED"
    APPROVED = "APPROVED"
    EDITED = "EDITED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"
    STARTED = "STARTED"
    DONE = "DONE"


class CallResult(BaseModel):
    """What a call left behind. `text` is what the model reads; `value` is the tool's whole JSON output.

    `ok` False: `error` names the class and `message` says what may help; `value` is then None.
    """

    model_config = ConfigDict(frozen=True)

    ok: bool
    value: Any = None
    text: str = ""
    error: str | None = None
    message: str | None = None
    attempts: int = 1
    duration_ms: int = 0
    cut: bool = False
    """Whether `text` shows less than `value` holds."""
    started: bool = True
    """False where the effect was certainly not started."""
    unknown: bool = False
    """Whether a failed call may have had its effect all the same."""


class PersonalData(BaseModel):
    """What keeps a tool's own log clean. `declared`: whether the agent has personal fields at all.

    `values`: text -> label, as far as the execution knew them at screening.

    `output`: label and path of what is personal in the tool's output; `documents`: name -> label of personal ones.
    """

    model_config = ConfigDict(frozen=True)

    declared: bool = False
    values: dict[str, str] = {}
    output: list[tuple[str, list[str]]] = []
    documents: dict[str, str] = {}


class Call(BaseModel):
    """A row of table `calls`: pk `<tool>#<execution>`, sk `<step>#<call>`. `expires_at`: epoch seconds, 0 for never."""

    model_config = ConfigDict(frozen=True)

    execution_id: str
    step: int
    call_id: str
    tool: str
    tool_use_id: str
    state: CallState
    arguments: dict[str, Any]
    fingerprint: str
    policy_digest: str
    manifest_digest: str
    expires_at: int = 0
    round: int = 0
    """Counts the screenings that gave this call a new fingerprint."""
    principal: Principal
    documents: dict[str, str] = {}
    """Names of the execution's documents -> their object keys, for arguments that name a document."""
    artifacts: dict[str, str] = {}
    """Ids of the execution's artifacts -> their object keys, for an argument that names an artifact."""
    reasons: list[Reason] = []
    origins: dict[str, Any] = {}
    personal: PersonalData = PersonalData()
    approval_id: str | None = None
    decided_by: str | None = None
    decision_reason: str | None = None
    revoked: bool = False
    """EXPIRED because the execution was stopped, and not because nobody decided: a redrive asks anew."""
    edited_by: str | None = None
    attempt_id: str | None = None
    """Which process holds STARTED."""
    attempts: int = 0
    """Starts of this call over wrapper and state machine."""
    lease_until: float = 0.0
    """Until then the process that holds STARTED may still be at work (its Lambda deadline)."""
    result: CallResult | None = None
    artifact: str | None = None
    """The object that holds the whole result where the model saw a cut of it."""
    fallback_for: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to this call; a revoked one is asked about anew after a redrive."""
        over = (CallState.DONE, CallState.REJECTED, CallState.EXPIRED, CallState.REFUSED)
        return self.state in over and not self.revoked


ReturnStatus = Literal["ok", "failed"]
