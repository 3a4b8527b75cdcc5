"""External checks in a dry run: asked for real, about one call or request, and kept nowhere."""

from collections.abc import Callable, Mapping
from typing import Any

from tollgate.admission.case import Finding
from tollgate.checks import stages
from tollgate.checks.hear import hear
from tollgate.checks.subject import Place, of_call, of_request
from tollgate.definitions.registry import ToolEntry
from tollgate.models.agent import Agent
from tollgate.screening.case import Proposed

NOWHERE = Place()


def about_calls(agent: Agent, tools: Mapping[str, ToolEntry]) -> Callable[[Proposed], tuple[stages.Spoken, ...]]:
    """What the agent's checks say about a call that our own rules did not refuse."""

    def ask(call: Proposed) -> tuple[stages.Spoken, ...]:
        questions = stages.questions(agent, of_call(agent, tools[call.name].manifest, call.arguments, NOWHERE))
        return stages.opinions(questions, hear(questions))

    return ask


def about_requests(agent: Agent) -> Callable[[dict[str, Any]], list[Finding]]:
    """What the agent's checks hold against a request that we did not reject ourselves."""

    def ask(cleaned: dict[str, Any]) -> list[Finding]:
        questions = stages.questions(agent, of_request(agent, cleaned, NOWHERE))
        return stages.findings(agent, questions, hear(questions))

    return ask
