"""Creates what holds data: tables, buckets and secrets."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.template.assembly import Document
from local.template.resource_types import RESOURCE_TYPES
from local.template.scope import Scope
from local.template.unsupported import UnsupportedTemplateError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

TABLE = "AWS::DynamoDB::Table"
BUCKET = "AWS::S3::Bucket"
SECRET = "AWS::SecretsManager::Secret"
_HANDED_ON = RESOURCE_TYPES[TABLE].honoured - {"TableName", "TimeToLiveSpecification"}
"""A table's properties that CreateTable takes as they are."""


def create_tables(scope: Scope, client: "DynamoDBClient") -> None:
    """Every table with its indexes and its expiry attribute."""
    for logical_id, properties in scope.of_type(TABLE):
        name = scope.name_of(logical_id)
        parameters: dict[str, Any] = {key: value for key, value in properties.items() if key in _HANDED_ON}
        client.create_table(TableName=name, **parameters)
        if "TimeToLiveSpecification" in properties:
            client.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification=_with_booleans(properties["TimeToLiveSpecification"]),  # type: ignore[arg-type]
            )


def create_buckets(scope: Scope, client: "S3Client") -> None:
    """Every bucket, versioned if the template says so."""
    for logical_id, properties in scope.of_type(BUCKET):
        name = scope.name_of(logical_id)
        if scope.place.region == "us-east-1":
            client.create_bucket(Bucket=name)  # which takes no location, alone of all regions
        else:
            location: Any = {"LocationConstraint": scope.place.region}
            client.create_bucket(Bucket=name, CreateBucketConfiguration=location)
        if "VersioningConfiguration" in properties:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])


def create_secrets(scope: Scope, client: "SecretsManagerClient", given: Mapping[str, str]) -> None:
    """Every secret; `given` holds values for members of a JSON secret, by member, instead of the template's own."""
    for logical_id, properties in scope.of_type(SECRET):
        name = scope.name_of(logical_id)
        created = client.create_secret(
            Name=name, SecretString=_secret_text(scope, logical_id, properties, client, given)
        )
        scope.learn(logical_id, "Ref", created["ARN"])
        scope.learn(logical_id, "Id", created["ARN"])


def _secret_text(
    scope: Scope, logical_id: str, properties: Document, client: "SecretsManagerClient", given: Mapping[str, str]
) -> str:
    if "SecretString" in properties:
        return str(properties["SecretString"])
    if "GenerateSecretString" not in properties:
        raise UnsupportedTemplateError(
            f"{scope.path}/{logical_id} ({SECRET}): write SecretString or GenerateSecretString"
        )
    rules = dict(properties["GenerateSecretString"])
    template, key = rules.pop("SecretStringTemplate", None), rules.pop("GenerateStringKey", None)
    generated = client.get_random_password(**_with_booleans(rules))["RandomPassword"]
    if template is None or key is None:
        return generated
    document = json.loads(template) | {key: generated}
    return json.dumps(document | {member: value for member, value in given.items() if member in document})


def _with_booleans(properties: Document) -> Document:
    """CloudFormation accepts "true" where the API wants true."""
    spelled = {"true": True, "false": False}
    return {key: spelled.get(value, value) if isinstance(value, str) else value for key, value in properties.items()}
