"""One decision record of the journal: durable under its execution, never overwritten."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

RecordKind = Literal[
    "admission", "model", "model_failure", "screening", "approval_requested", "approval_decided", "approval_escalated",
    "approval_reminded", "approval_notified",
    "approval_expired", "result", "answer_refused", "outcome", "stop", "redrive", "wind_down", "summary",
    "budget_notice", "replay", "recall", "external_check",
]  # fmt: skip


class Record(BaseModel):
    """`record` is the deterministic key (what makes a retry harmless), `at` the order in which things happened."""

    model_config = ConfigDict(frozen=True)

    execution_id: str
    record: str
    kind: RecordKind
    step: int
    at: str
    body: dict[str, Any]
