"""One call after screening, and what is written and said about it: the record, the model's message, the machine's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tollgate.definitions.registry import ToolEntry
from tollgate.models.call import Call, CallResult
from tollgate.models.message import ToolUseBlock
from tollgate.models.verdict import Ruling
from tollgate.screening.rules import loop

REFUSED = "REFUSED"
HALF_DONE = (
    " An earlier attempt was cut off and its effect may have happened: say in your answer that somebody has to look."
)


@dataclass(frozen=True)
class Decided:
    """`call` is the ledger's item; a refused call has none. `fallback` is the tool that may answer in its place."""

    call_id: str
    use: ToolUseBlock
    ruling: Ruling
    call: Call | None
    fallback: str | None = None
    half_done: bool = False
    """Whether an earlier attempt was cut off and its effect may have happened."""

    @property
    def rules(self) -> set[str]:
        """The rules that did not simply consent."""
        return {reason.rule for reason in self.ruling.reasons}

    @property
    def state(self) -> str:
        return str(self.call.state) if self.call else REFUSED

    def record(self) -> dict[str, Any]:
        """The call in the screening's record."""
        return {
            "call_id": self.call_id,
            "tool": self.use.name,
            "arguments": self.call.arguments if self.call else self.use.arguments,
            "verdict": self.ruling.verdict,
            "rules": self.ruling.rules,
            "reasons": [reason.model_dump() for reason in self.ruling.reasons],
            "origins": self.ruling.origins,
            "state": self.state,
            "fallback": self.fallback,
            "fingerprint": self.call.fingerprint if self.call else None,
        }

    def refusal(self) -> CallResult:
        """What the model reads about a call that was refused.

        A call that goes round is named so whatever else is wrong with it: the next one ends the execution by that name.
        """
        ruling = self.ruling
        first = ruling.reasons[0].rule if ruling.reasons else "refused"
        message = ruling.message_to_model or "; ".join(reason.message for reason in ruling.reasons)
        return CallResult(
            ok=False,
            error=loop.RULE if loop.RULE in self.rules else first,
            message=message + (HALF_DONE if self.half_done else ""),
            attempts=0,
            started=self.half_done,
            unknown=self.half_done,
        )

    def running(self, tools: Mapping[str, ToolEntry]) -> dict[str, Any]:
        """The call as `RunToolCalls` takes it."""
        tool = tools[self.use.name]
        item = _task(tool, self.call_id) | {"effect": tool.manifest.effect}
        return item | ({"fallback": _task(tools[self.fallback], f"{self.call_id}f")} if self.fallback else {})


def _task(tool: ToolEntry, call_id: str) -> dict[str, Any]:
    return {
        "id": call_id,
        "function": tool.function_name,
        "timeout_seconds": tool.manifest.task_timeout_seconds,
    }
