"""The template's functions, as the Lambda host runs them."""

from collections.abc import Mapping
from pathlib import Path

from local.lambda_host.function import FunctionSpec
from local.template.assembly import Document
from local.template.scope import Scope
from local.template.unsupported import UnsupportedTemplateError

MODEL_CALLER = "-task-reason"
"""How the name of the one function that calls models ends; no tool's function can have that name."""


def functions(root: Scope) -> tuple[FunctionSpec, ...]:
    """Every function of the root template and of the nested ones."""
    layers = _layer_folders(root)
    return tuple(
        _function(scope, logical_id, properties, layers)
        for scope in root.tree()
        for logical_id, properties in scope.of_type("AWS::Lambda::Function")
    )


def _function(scope: Scope, logical_id: str, properties: Document, layers: Mapping[str, Path]) -> FunctionSpec:
    where = f"{scope.path}/{logical_id} (AWS::Lambda::Function)"
    if not properties["Runtime"].startswith("python"):
        raise UnsupportedTemplateError(f"{where}: the local stack runs Python, not {properties['Runtime']}")
    if "S3Key" not in properties["Code"]:
        raise UnsupportedTemplateError(f"{where}: its code is not an asset; write Code.from_asset(...)")
    return FunctionSpec(
        name=scope.name_of(logical_id),
        arn=scope.attribute(logical_id, "Arn"),
        handler=properties["Handler"],
        code=scope.assembly.asset(properties["Code"]["S3Key"]),
        layers=tuple(_layer(where, layers, arn) for arn in properties.get("Layers", [])),
        environment=_environment(properties),
        timeout_seconds=float(properties.get("Timeout", 3)),
        memory_mb=int(properties.get("MemorySize", 128)),
        reserved_concurrency=properties.get("ReservedConcurrentExecutions"),
        calls_models=scope.name_of(logical_id) == f"{scope.assembly.stack_name}{MODEL_CALLER}",
    )


def _environment(properties: Document) -> dict[str, str]:
    variables = {name: str(value) for name, value in properties.get("Environment", {}).get("Variables", {}).items()}
    logging = properties.get("LoggingConfig", {})
    # What the platform tells the runtime client of the function's log format.
    told = {"LogFormat": "AWS_LAMBDA_LOG_FORMAT", "ApplicationLogLevel": "AWS_LAMBDA_LOG_LEVEL"}
    return variables | {variable: logging[key] for key, variable in told.items() if key in logging}


def _layer_folders(root: Scope) -> dict[str, Path]:
    return {
        scope.ref(logical_id): scope.assembly.asset(properties["Content"]["S3Key"])
        for scope in root.tree()
        for logical_id, properties in scope.of_type("AWS::Lambda::LayerVersion")
    }


def _layer(where: str, layers: Mapping[str, Path], arn: str) -> Path:
    if arn not in layers:
        raise UnsupportedTemplateError(
            f"{where}: layer {arn} is not part of this template, so it is not on this machine"
        )
    return layers[arn]
