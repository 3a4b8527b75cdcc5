"""Findings of cdk-nag that are right as they are, each with its reason, at the construct that they are about."""

from collections.abc import Iterable

from aws_cdk import Acknowledgment, Aws, Validations
from aws_cdk import aws_iam as iam
from constructs import IConstruct

_PACK = "AwsSolutions"

_WILDCARDS = {
    ":log-stream:*": "Lambda names a log group's streams at run time.",
    ":execution:": "Executions of this one machine get their names at run time.",
    "-artifacts-": "Objects below one key prefix get their names at run time.",
    ":foundation-model/": "The profile's regions are Bedrock's to choose; a condition admits calls through it only.",
    "-tool-*": "Tools are found by their manifests; adding one must not change the machine's role.",
}
_OF_A_MANIFEST = "The tool's manifest asks for it, and whoever reviews the manifest grants it."


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accepts one rule, or one finding `rule[finding]`, for this construct only."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"{_PACK}::{rule}", reason=reason))


def acknowledge_wildcards(role: IConstruct, statements: Iterable[iam.PolicyStatement]) -> None:
    """Accepts exactly the resources with a `*` that the statements spell out, each for its reason; never a bare `*`."""
    for resource in sorted({resource for statement in statements for resource in statement.resources}):
        if "*" in resource and resource != "*":
            reason = next((why for part, why in _WILDCARDS.items() if part in resource), _OF_A_MANIFEST)
            acknowledge(role, f"AwsSolutions-IAM5[Resource::{_as_found(resource)}]", reason)


def _as_found(resource: str) -> str:
    """The resource as cdk-nag writes it: pseudo parameters in angle brackets."""
    for token, name in ((Aws.PARTITION, "Partition"), (Aws.REGION, "Region"), (Aws.ACCOUNT_ID, "AccountId")):
        resource = resource.replace(token, f"<AWS::{name}>")
    return resource
