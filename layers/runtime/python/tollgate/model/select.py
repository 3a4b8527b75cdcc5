"""From an alias's target to the model that answers: the same object for equal targets, once per process.

Which target an alias has is decided when the definitions are built (`definitions/local_overrides.py` for a laptop's
`OPENAI_BASE_URL` and `TOLLGATE_MODEL`), never here.
"""

from functools import lru_cache

from tollgate.definitions.registry import ModelTarget
from tollgate.model.port import Model


@lru_cache(maxsize=32)
def model_for(target: ModelTarget) -> Model:
    """The model to call for this target. Raises `ModelFailedError` when the target cannot be called as it stands."""
    # Imported here: a function pays for the one provider it calls.
    if target.provider == "openai":
        from tollgate.model.openai import OpenAIModel

        return OpenAIModel(target)
    from tollgate.model.bedrock import BedrockModel

    return BedrockModel(target)
