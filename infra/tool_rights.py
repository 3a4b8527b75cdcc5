"""A tool's role and environment, from its manifest alone."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from infra.definitions import ToolDefinition
from infra.names import Names

LAMBDA_MAXIMUM_SECONDS = 900
_SHUTDOWN_SECONDS = 15


def statements(tool: ToolDefinition, names: Names) -> list[iam.PolicyStatement]:
    """Its own keys in the ledger, its own results, and what its manifest says; nothing of another tool."""
    manifest = tool.manifest
    found = [_ledger(tool.name, names), _breaker(tool.name, names), _results(tool, names)]
    if marks(manifest["input_schema"], "x-tollgate-document"):
        found.append(_allow(["s3:GetObject"], [names.objects("documents")]))
    if manifest.get("secret"):
        found.append(_allow(["secretsmanager:GetSecretValue"], [names.secret_arn(manifest["secret"]["name"])]))
    if manifest["kind"] == "function_arn":
        found.append(_allow(["lambda:InvokeFunction"], [filled(manifest["function_arn"], names)]))
    for permission in manifest.get("permissions", []):
        found.append(_allow(permission["actions"], [filled(text, names) for text in permission["resources"]]))
    return found


def environment(tool: ToolDefinition, names: Names) -> dict[str, str]:
    """The manifest's own variables, and where the wrapper finds the ledger and puts results."""
    written = {name: filled(value, names) for name, value in tool.manifest.get("environment", {}).items()}
    return {**written, "TOLLGATE_CALLS_TABLE": names.table("calls"), "TOLLGATE_BUCKET": names.bucket}


def timeout_seconds(manifest: Mapping[str, Any]) -> int:
    """Time for every attempt and the waits between them, once more for another attempt's lease, and to shut down."""
    retry = manifest["retry"]
    attempts: int = retry["max_attempts"]
    waits = sum(retry["interval_seconds"] * retry["backoff_rate"] ** number for number in range(attempts - 1))
    needed = (attempts + 1) * manifest["timeout_seconds"] + waits + _SHUTDOWN_SECONDS
    return min(LAMBDA_MAXIMUM_SECONDS, int(-(-needed // 1)))


def marks(schema: Any, word: str) -> bool:
    """Whether any argument, however deep, is a name that the wrapper replaces by what it names."""
    if isinstance(schema, Mapping):
        return schema.get(word) is True or any(marks(inner, word) for inner in schema.values())
    return isinstance(schema, list) and any(marks(inner, word) for inner in schema)


def filled(text: str, names: Names) -> str:
    """The text with `${AWS::Region}`, `${AWS::AccountId}`, `${AWS::Partition}` and `${Prefix}` put in."""
    values = {
        "${AWS::Region}": Aws.REGION,
        "${AWS::AccountId}": Aws.ACCOUNT_ID,
        "${AWS::Partition}": Aws.PARTITION,
        "${Prefix}": names.prefix,
    }
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def _results(tool: ToolDefinition, names: Names) -> iam.PolicyStatement:
    """Its own results; for the tool that reads any result, all of them, and no writing: its parts are small.

    Get: a retry after a long result was stored answers with what the first attempt stored.
    """
    if marks(tool.manifest["input_schema"], "x-tollgate-artifact"):
        return _allow(["s3:GetObject"], [names.objects("results")])
    return _allow(["s3:GetObject", "s3:PutObject"], [names.objects(f"results/{tool.name}")])


def _ledger(tool: str, names: Names) -> iam.PolicyStatement:
    return _keys(["dynamodb:GetItem", "dynamodb:UpdateItem"], f"{tool}#*", names)


def _breaker(tool: str, names: Names) -> iam.PolicyStatement:
    """The one item that tells every process of this tool whether it is down; no call's item can be put."""
    return _keys(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], f"BREAKER#{tool}", names)


def _keys(actions: list[str], leading: str, names: Names) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=actions,
        resources=[names.table_arn("calls")],
        conditions={
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [leading]},
            # ForAllValues is true of no values at all.
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )


def _allow(actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=resources)
