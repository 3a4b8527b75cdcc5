"""What a rule about an answer is given, and what it may object to."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tollgate.conversation import Turn
from tollgate.models.agent import Agent
from tollgate.screening import sinks
from tollgate.screening.evidence import Evidence


@dataclass(frozen=True)
class Objection:
    """Something that an answer must not hold. `at` is its place; what stands there is never repeated."""

    rule: str
    at: str
    what: str
    detector: str = ""

    def as_json(self) -> dict[str, str]:
        """For the trace."""
        return {"rule": self.rule, "at": self.at, "what": self.what, "detector": self.detector}

    def as_text(self) -> str:
        return f"{self.at or 'the whole answer'}: {self.what} ({self.detector or self.rule})"


@dataclass(frozen=True)
class AnswerCase:
    """The answer with what may vouch for its parts. `instructions` is the agent's own file."""

    agent: Agent
    instructions: str
    answer: Any
    evidence: Evidence
    history: Sequence[Turn]

    @cached_property
    def trusted_texts(self) -> list[str]:
        """What may name a host: the requester, the agent's author, and trusted fields of vouched look-ups."""
        own = [self.instructions, json.dumps(self.agent.output_schema, ensure_ascii=False)]
        return [*self.evidence.request.vouching, *own, *self.evidence.trusted_texts()]

    @cached_property
    def seen_texts(self) -> list[str]:
        """What the requester sent, what tools returned in this execution, and what a person put into a call."""
        request = self.evidence.request
        texts = [*request.instructions, *request.documents.values()]
        for turn in self.history:
            for result in turn.results.values():
                texts.extend(_scalars(result["value"]) if result["ok"] else ())
                texts.extend(_scalars(result["arguments"]) if result["edited"] else ())
        return texts


def _scalars(value: Any) -> Iterator[str]:
    """Every scalar as text; keys of objects too: an output may be a table by name."""
    if isinstance(value, Mapping):
        yield from (str(key) for key in value)
    yield from (str(raw) for _, raw in sinks.scalars(value, ""))
