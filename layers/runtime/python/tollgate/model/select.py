"""From an alias's target to the model that answers, one per process and target.

Locally, and only there, `OPENAI_BASE_URL` puts an OpenAI-compatible server in the place of whatever the stage names.
"""

import os
from collections.abc import Mapping
from functools import lru_cache

from tollgate.definitions.registry import ModelTarget
from tollgate.model.port import Model
from tollgate.settings import endpoint_overrides_allowed

LOCAL_VARIABLES = ("OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_API_KEY")
"""What a local function that calls a model is given of its caller's environment; a deployed one has none of them."""


def model_for(target: ModelTarget) -> Model:
    """The model to call for this target; the same object for equal targets, so connections and keys are read once."""
    return _model(local_target(target, os.environ) if endpoint_overrides_allowed() else target)


def local_target(target: ModelTarget, environment: Mapping[str, str]) -> ModelTarget:
    """The target as `OPENAI_BASE_URL` and `OPENAI_MODEL` change it; without them the same.

    The price stays the alias's own, so that a budget in dollars still bounds the run.
    """
    base_url = environment.get("OPENAI_BASE_URL", "").strip()
    if not base_url:
        return target
    model = environment.get("OPENAI_MODEL", "").strip() or target.model
    return target.model_copy(
        update={"provider": "openai", "base_url": base_url, "model": model, "secret_id": None, "region": None}
    )


@lru_cache(maxsize=32)
def _model(target: ModelTarget) -> Model:
    # Imported here: a function pays for the one provider it calls.
    if target.provider == "openai":
        from tollgate.model.openai import OpenAIModel

        return OpenAIModel(target)
    from tollgate.model.bedrock import BedrockModel

    return BedrockModel(target)
