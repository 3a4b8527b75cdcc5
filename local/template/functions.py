"""The template's functions, as the Lambda host runs them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.lambda_host.function import FunctionSpec
from local.template.assembly import Document
from local.template.scope import Scope
from local.template.unsupported import UnsupportedTemplateError


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
        calls_bedrock=_calls_bedrock(scope, logical_id),
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


def _calls_bedrock(scope: Scope, logical_id: str) -> bool:
    """Whether the function's role, as this template writes it, allows an action of Bedrock."""
    role = scope.document["Resources"][logical_id]["Properties"].get("Role")
    if not isinstance(role, dict) or "Fn::GetAtt" not in role:
        return False
    return any(_allows_bedrock(policy) for policy in _policies(scope, role["Fn::GetAtt"][0]))


def _policies(scope: Scope, role: str) -> Iterator[Any]:
    yield scope.document["Resources"].get(role, {}).get("Properties", {}).get("Policies", [])
    for _, resource in scope.resources():
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            properties = resource["Properties"]
            if {"Ref": role} in properties.get("Roles", []):
                yield [properties]


def _allows_bedrock(policies: list[Document]) -> bool:
    statements = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    return any('"bedrock:' in json.dumps(statement.get("Action")) for statement in statements)
