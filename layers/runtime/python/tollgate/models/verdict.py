"""What a check says about a call or a request."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

CallVerdict = Literal["run", "ask", "refuse"]
AdmissionVerdict = Literal["accept", "flag", "reject"]

_STRICTNESS: dict[str, int] = {"run": 0, "ask": 1, "refuse": 2}


class Reason(BaseModel):
    """One rule's word. `rule` is the rule's module, test and docs row; `message` is for people."""

    model_config = ConfigDict(frozen=True, extra="allow")

    rule: str
    message: str


class Ruling(BaseModel):
    """The verdict on one call: the strictest of all rules, with every reason that is not plain consent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: CallVerdict
    reasons: list[Reason] = []
    message_to_model: str | None = None
    origins: dict[str, Any] = {}
    """JSON Pointer of an argument -> where its value came from, for the card."""
    rules: dict[str, CallVerdict] = {}
    """What every rule said, for the trace."""


def strictest(verdicts: Iterable[CallVerdict]) -> CallVerdict:
    """`refuse` over `ask` over `run`; nothing at all is a refusal."""
    return max(verdicts, key=lambda verdict: _STRICTNESS[verdict], default="refuse")
