"""An agent's model is an alias that the stage knows."""

from collections.abc import Iterator

from tollgate.definitions.load import AgentFile
from tollgate.definitions.nearest import suggestion
from tollgate.definitions.problem import Problem
from tollgate.definitions.stage import StageSettings


def problems(agent: AgentFile, settings: StageSettings) -> Iterator[Problem]:
    """The alias, when this stage has no such one."""
    alias = agent.definition.model.alias
    if alias not in settings.models:
        message = f"this stage has no model alias `{alias}`"
        yield agent.source.problem("/model/alias", message, suggestion(alias, settings.models))
