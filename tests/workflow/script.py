"""What a test lets the model say and the tools do in one execution, and what reached them on the wire."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

HOLD_SECONDS = 60.0


@dataclass(frozen=True)
class Turn:
    """One answer of the model on Converse's wire. `hold` keeps the answer back until it is set."""

    content: list[dict[str, Any]]
    stop: str = "end_turn"
    tokens: tuple[int, int] | None = (100, 20)
    status: int = 200
    error: str = ""
    hold: threading.Event | None = None

    def body(self) -> dict[str, Any]:
        usage = {}
        if self.tokens:
            given, made = self.tokens
            usage = {"usage": {"inputTokens": given, "outputTokens": made, "totalTokens": given + made}}
        return {
            "output": {"message": {"role": "assistant", "content": self.content}},
            "stopReason": self.stop,
            "metrics": {"latencyMs": 1},
            **usage,
        }


@dataclass(frozen=True)
class Order:
    """What one start of a tool does: `return`, `transient`, `unavailable`, `fail`, `hang` or `exit`."""

    do: str = "return"
    value: Any = "done"
    hold: threading.Event | None = None


@dataclass(frozen=True)
class Started:
    """One start of a tool's handler as the tool itself reported it."""

    tool: str
    entry: str
    call_id: str
    attempt: int
    key: str
    arguments: dict[str, Any]
    process_id: int
    execution_id: str
    principal: str


@dataclass
class Script:
    """The n-th entry of `turns` answers step n; a list there answers the requests of that step one after another."""

    turns: Sequence[Turn | list[Turn]]
    tools: dict[str, list[Order]] = field(default_factory=dict)
    name: str = ""
    hook: str = ""
    requests: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    started: list[Started] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    summary: Turn | None = None
    """What the model says when it is asked for a summary, which belongs to no step."""

    @property
    def task(self) -> str:
        """What the requester types: it vouches for one item, and leads the endpoint to this script."""
        return f"Write parcel-17. [script:{self.name}]"

    @property
    def per_step(self) -> dict[int, int]:
        """How many requests reached the model for each step."""
        return dict(Counter(step for step, _ in self.requests))

    def starts(self, tool: str, entry: str = "handle") -> list[Started]:
        """The reported starts of one tool, in order."""
        return [start for start in self.started if (start.tool, start.entry) == (tool, entry)]

    def keys(self, tool: str) -> set[str]:
        """The idempotency keys under which a tool's effect was asked for: each is one effect at its provider."""
        return {start.key for start in self.starts(tool)}

    def turn_for(self, step: int) -> Turn:
        """The answer to the latest request of the step."""
        if step == 0 and self.summary:
            return self.summary
        if not 0 < step <= len(self.turns):
            return Turn([], status=400, error="ValidationException")
        entry = self.turns[step - 1]
        if isinstance(entry, Turn):
            return entry
        return entry[min(self.per_step[step], len(entry)) - 1]

    def order_for(self, tool: str, entry: str) -> Order:
        """What the latest start of the tool does; `verify` has orders of its own under `<tool>.verify`."""
        name = tool if entry == "handle" else f"{tool}.verify"
        orders = self.tools.get(name, [Order()])
        return orders[min(len(self.starts(tool, entry)), len(orders)) - 1]

    def told(self, step: int) -> str:
        """All text of the last message that the model read before it answered `step`."""
        last = next(body for asked, body in reversed(self.requests) if asked == step)["messages"][-1]
        return "\n".join(_texts(last["content"]))


def _texts(blocks: list[dict[str, Any]]) -> list[str]:
    return [
        text
        for block in blocks
        for text in ([block["text"]] if "text" in block else _texts(block.get("toolResult", {}).get("content", [])))
    ]


def call(tool: str, arguments: Any = None, *, id: str | None = None, **named: Any) -> dict[str, Any]:
    """A proposed call. Without `arguments`, the item is the one that the task names, and reports go to the test."""
    given = arguments if arguments is not None else {"item": "parcel-17", "hook": "@hook", **named}
    return {"toolUse": {"toolUseId": id or "@unique", "name": tool, "input": given}}


def propose(*calls: dict[str, Any], **changes: Any) -> Turn:
    """A turn of calls."""
    return Turn(list(calls), **{"stop": "tool_use", **changes})


def answer(text: str = '{"status": "done"}', **changes: Any) -> Turn:
    """A turn of text: the final answer unless told otherwise."""
    return Turn([{"text": text}], **changes)


def throttled() -> Turn:
    """The provider says "later"."""
    return Turn([], status=429, error="ThrottlingException")
