"""What an external check is asked about: a text for guards that read text, and the same as JSON for your own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tollgate.canonical import digest
from tollgate.documents import document_fields, instruction_fields
from tollgate.models.agent import Agent
from tollgate.models.check import CheckStage
from tollgate.models.tool import Tool


@dataclass(frozen=True)
class Place:
    """Where in an execution a subject stands; empty in a dry run. `call` names the call of the step."""

    execution_id: str = ""
    step: int = 0
    call: str = ""


@dataclass(frozen=True)
class Subject:
    """`text` for guards that read text; `details` is the part of the JSON that only this stage has."""

    stage: CheckStage
    agent: str
    text: str
    details: Mapping[str, Any]
    at: Place
    tool: str = ""
    effect: bool = False

    @property
    def is_models_own(self) -> bool:
        """Whether the model wrote it; else a requester did."""
        return self.stage != "request"

    @property
    def document(self) -> dict[str, Any]:
        """The subject as kind `http` sends it."""
        return {
            "stage": self.stage,
            "agent": self.agent,
            "execution_id": self.at.execution_id,
            "step": self.at.step,
            "text": self.text,
            **self.details,
        }

    @property
    def digest(self) -> str:
        """Equal for equal content at one stage, whatever execution or step it belongs to."""
        return digest([self.stage, self.text, dict(self.details)])


def of_request(agent: Agent, input: dict[str, Any], at: Place) -> Subject:
    """The request as it goes into prompts: every field's text, instructions first."""
    fields = [*instruction_fields(agent, input), *document_fields(agent, input)]
    text = "\n\n".join(text for _, text in fields)
    return Subject("request", agent.name, text, {"input": input}, at)


def of_call(agent: Agent, tool: Tool, arguments: dict[str, Any], at: Place) -> Subject:
    """One proposed call with the arguments that would run."""
    details = {"call": {"tool": tool.name, "effect": tool.effect, "arguments": arguments}}
    text = as_text({"tool": tool.name, "arguments": arguments})
    return Subject("call", agent.name, text, details, at, tool.name, tool.is_effect)


def of_answer(agent: Agent, answer: Any, at: Place) -> Subject:
    """The final answer."""
    return Subject("answer", agent.name, as_text(answer), {"answer": answer}, at)


def as_text(value: Any) -> str:
    """A text as it is, anything else as JSON that people can read."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
