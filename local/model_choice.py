"""Which model answers in this local stack: the built-in script, or one that the environment names."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.lambda_host.function import FunctionSpec

ALIAS = "reasoning"
REGISTRY = Path("python") / "tollgate_definitions" / "registry.json"


@dataclass(frozen=True)
class ModelChoice:
    """`label` names provider and model as the deployed registry does."""

    answers_by_script: bool
    label: str


def model_choice(functions: tuple[FunctionSpec, ...], environ: Mapping[str, str]) -> ModelChoice:
    """Read from the definitions that the functions themselves read."""
    target = _models(functions)[ALIAS]
    named = "OPENAI_BASE_URL" in environ or "AWS_ENDPOINT_URL_BEDROCK_RUNTIME" in environ
    where = target["base_url"] or environ.get("AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
    return ModelChoice(not named, f"{target['provider']} {target['model']}" + (f" at {where}" if where else ""))


def _models(functions: tuple[FunctionSpec, ...]) -> dict[str, dict[str, str | None]]:
    layers = (layer for spec in functions if spec.calls_models for layer in spec.layers)
    registry = next(layer / REGISTRY for layer in layers if (layer / REGISTRY).exists())
    models: dict[str, dict[str, str | None]] = json.loads(registry.read_text("utf-8"))["models"]
    return models
