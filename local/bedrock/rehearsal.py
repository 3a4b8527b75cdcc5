"""What a rehearsal script is given and what it gives back. A script is one file per agent, `<folder>/<agent>.py`:

    from local.bedrock.rehearsal import Reply, Turn

    def respond(turn: Turn) -> Reply:
        if not turn.results:
            return Reply.call("read_invoice", document="invoice")
        invoice = turn.results[0].value
        return Reply.answer({"status": "held" if invoice["total"] > 100 else "posted"})

A script stands for a model where none is plugged in. It sees what a model sees and nothing else, it decides from what
the tools returned, and the same conversation always gets the same reply.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

StopReason = Literal["end_turn", "tool_use", "max_tokens", "stop_sequence", "guardrail_intervened", "content_filtered"]


@dataclass(frozen=True)
class Result:
    """One call of this conversation and what came back.

    `value` is the result's JSON where its text begins with an object or array (a note may follow) or is JSON as a
    whole, else None; `text` is always the text that the model reads.
    """

    name: str
    arguments: Any
    value: Any
    text: str
    is_error: bool


@dataclass(frozen=True)
class Turn:
    """The conversation at the moment a model would be asked.

    `instruction_text` is what people instructed, without the documents; `messages` are Converse's own, unchanged;
    `results` are those of all turns so far, in order; `tools` are the names on offer; `step` counts model turns.
    """

    system: str
    instruction_text: str
    messages: list[dict[str, Any]]
    results: list[Result]
    tools: list[str]
    step: int

    def results_of(self, name: str) -> list[Result]:
        """The results of one tool, in order."""
        return [result for result in self.results if result.name == name]


@dataclass(frozen=True)
class ProposedCall:
    """A tool and the arguments to call it with."""

    name: str
    arguments: Any


@dataclass(frozen=True)
class Reply:
    """What the script says: text, calls, or both. Made by the class methods below."""

    text: str = ""
    proposed: tuple[ProposedCall, ...] = ()
    stop_reason: StopReason | None = None
    """None: `tool_use` where there are calls, else `end_turn`."""
    throttle_seconds: float | None = None
    """Set: the endpoint answers 429 with this `Retry-After` instead."""

    @classmethod
    def call(cls, name: str, /, **arguments: Any) -> "Reply":
        """One call. Every keyword is an argument of the tool; to say something beside it, use `.saying(text)`."""
        return cls(proposed=(ProposedCall(name, arguments),))

    @classmethod
    def calls(cls, calls: Iterable[tuple[str, Any]]) -> "Reply":
        """Several calls of one turn, as `(name, arguments)`. Arguments need not be an object: a model's may not be."""
        return cls(proposed=tuple(ProposedCall(name, arguments) for name, arguments in calls))

    @classmethod
    def answer(cls, value: Any) -> "Reply":
        """The final answer as JSON; a text is answered as it is, to rehearse an answer that is none."""
        return cls(text=value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))

    @classmethod
    def stop(cls, reason: StopReason, text: str = "") -> "Reply":
        """A turn that ended in another way: cut off, refused, empty."""
        return cls(text=text, stop_reason=reason)

    @classmethod
    def throttle(cls, retry_after_seconds: float) -> "Reply":
        """No turn: the provider says to come back."""
        return cls(throttle_seconds=retry_after_seconds)

    def saying(self, text: str) -> "Reply":
        """The same reply with this text before its calls."""
        return replace(self, text=text)
