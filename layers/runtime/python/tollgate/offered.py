"""What the model may choose from at a step: the agent's tools, and Tollgate's own once they have something to do."""

from collections.abc import Iterable, Sequence

from tollgate.conversation import Turn, artifacts
from tollgate.definitions.registry import Registry, ToolEntry
from tollgate.models.agent import Agent

READ_ARTIFACT = "read_artifact"


def offered(registry: Registry, agent: Agent, history: Sequence[Turn]) -> dict[str, ToolEntry]:
    """The agent's tools in its order; behind them `read_artifact`, from the first result on that was shown cut.

    An agent whose results are small keeps its own list. `history` is what the model has read.
    """
    return registry.tools_of(agent) | (registry.builtin if artifacts(history) else {})


def widened(agent: Agent, tools: Iterable[str]) -> Agent:
    """The agent as if it had listed what it is offered: screening then knows no other kind of tool."""
    return agent.model_copy(update={"tools": list(tools)})
