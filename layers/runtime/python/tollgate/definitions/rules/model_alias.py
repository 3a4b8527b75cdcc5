"""An agent's model is an alias that the stage knows."""

from collections.abc import Iterator

from tollgate.definitions.load import AgentFile
from tollgate.definitions.nearest import suggestion
from tollgate.definitions.problem import Problem
from tollgate.definitions.stage import StageSettings


def problems(agent: AgentFile, settings: StageSettings) -> Iterator[Problem]:
    """Each alias that this stage does not have, and a fallback that is no other model."""
    model = agent.definition.model
    for name, alias in (("alias", model.alias), ("fallback", model.fallback)):
        if alias is not None and alias not in settings.models:
            message = f"this stage has no model alias `{alias}`"
            advice = suggestion(alias, settings.models, f'`"{alias}": {{...}}` in the `models` of the stage')
            yield agent.source.problem(f"/model/{name}", message, advice)
    if model.fallback == model.alias:
        message = f"the fallback `{model.fallback}` is the model itself"
        yield agent.source.problem("/model/fallback", message, "another alias of the stage, or leave it out")
