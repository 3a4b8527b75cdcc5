"""The tools: one function, role and log group each, in nested stacks that a tool never moves between."""

import hashlib
from collections.abc import Sequence

from aws_cdk import NestedStack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import tool_rights
from infra.definitions import ToolDefinition
from infra.function import Body, IsolatedFunction
from infra.names import Names
from infra.packaging import Packaging
from infra.settings import ConfigurationError, Stage

STACKS = 8
"""Fixed, because a tool's stack follows from its name: see docs/adr/0002-tools-stay-in-their-stack.md."""
MAXIMUM_PER_STACK = 40


class ToolStack(NestedStack):
    """Some of the tools. Nothing in it refers to another tool."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        names: Names,
        stage: Stage,
        tools: Sequence[ToolDefinition],
        packaging: Packaging,
        layers: Sequence[lambda_.ILayerVersion],
    ) -> None:
        super().__init__(scope, id, description=f"Tools of {names.prefix}")
        for tool in tools:
            folder = packaging.tool(tool)
            IsolatedFunction(
                self,
                tool.name,
                name=names.tool_function(tool.name),
                names=names,
                body=Body(
                    code=lambda_.Code.from_asset(str(folder), asset_hash=f"{tool.name}-{folder.name}"),
                    handler="tollgate.tool_runtime.entry.handler",
                    layers=layers,
                    timeout_seconds=tool_rights.timeout_seconds(tool.manifest),
                    memory_mb=tool.manifest["memory_mb"],
                ),
                environment=tool_rights.environment(tool, names),
                statements=tool_rights.statements(tool, names),
                log_retention_days=stage.log_retention_days,
            )


def shards(tools: Sequence[ToolDefinition]) -> dict[int, list[ToolDefinition]]:
    """Stack number -> its tools; the number is a property of the tool's name alone.

    Raises `ConfigurationError` if a stack would hold more than 40.
    """
    found: dict[int, list[ToolDefinition]] = {}
    for tool in tools:
        found.setdefault(hashlib.sha256(tool.name.encode()).digest()[0] % STACKS, []).append(tool)
    for number, members in sorted(found.items()):
        if len(members) > MAXIMUM_PER_STACK:
            raise ConfigurationError(
                f"{len(members)} of {len(tools)} tools fall into tool stack {number}, which holds {MAXIMUM_PER_STACK}; "
                "deploy some of them under a second prefix"
            )
    return dict(sorted(found.items()))
