"""Every resource type that the local stack knows: what it honours, and what is inert here and why.

`ref` and `attributes` are what `Ref` and `Fn::GetAtt` give, as format strings over name, region, account, partition
and id. Anything that is not in this table is refused by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ResourceType:
    """`honoured` properties take effect locally; `inert` ones do not, for the reason given.

    A type with an `inert_because` has no effect at all locally, whatever its properties.
    """

    ref: str = "{name}"
    name_property: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    honoured: frozenset[str] = frozenset()
    inert: Mapping[str, str] = field(default_factory=dict)
    inert_because: str | None = None


_LABEL = "a label"
_ENCRYPTION = "memory is not encrypted"
_AUTHORITY = "IAM is not enforced locally: every caller is this machine's user"
_BACKUP = "a local stack forgets everything when it ends"

_HONOURED: Mapping[str, ResourceType] = {
    "AWS::ApiGatewayV2::Api": ResourceType(
        ref="{id}",
        attributes={"ApiId": "{id}"},
        honoured=frozenset({"ProtocolType"}),
        inert={"Name": _LABEL, "Description": _LABEL, "Tags": _LABEL},
    ),
    "AWS::ApiGatewayV2::Integration": ResourceType(
        ref="{id}",
        honoured=frozenset({"ApiId", "IntegrationType", "IntegrationUri", "PayloadFormatVersion"}),
        inert={"Description": _LABEL, "TimeoutInMillis": "the function's own timeout ends the call"},
    ),
    "AWS::ApiGatewayV2::Route": ResourceType(
        ref="{id}",
        honoured=frozenset({"ApiId", "RouteKey", "Target", "AuthorizationType"}),
        inert={
            "AuthorizerId": "the local front says who is asking",
            "AuthorizationScopes": "the local front says who is asking",
            "OperationName": _LABEL,
        },
    ),
    "AWS::CloudFormation::Stack": ResourceType(
        honoured=frozenset({"TemplateURL", "Parameters"}),
        inert={"Tags": _LABEL, "TimeoutInMinutes": "nothing takes long", "NotificationARNs": "nobody listens"},
    ),
    "AWS::DynamoDB::Table": ResourceType(
        name_property="TableName",
        attributes={"Arn": "arn:{partition}:dynamodb:{region}:{account}:table/{name}"},
        honoured=frozenset(
            {
                "AttributeDefinitions",
                "BillingMode",
                "GlobalSecondaryIndexes",
                "KeySchema",
                "LocalSecondaryIndexes",
                "ProvisionedThroughput",
                "TableName",
                "TimeToLiveSpecification",
            }
        ),
        inert={
            "DeletionProtectionEnabled": _BACKUP,
            "PointInTimeRecoverySpecification": _BACKUP,
            "SSESpecification": _ENCRYPTION,
            "Tags": _LABEL,
        },
    ),
    "AWS::Events::Rule": ResourceType(
        name_property="Name",
        attributes={"Arn": "arn:{partition}:events:{region}:{account}:rule/{name}"},
        honoured=frozenset({"EventPattern", "ScheduleExpression", "State", "Targets"}),
        inert={"Name": _LABEL, "Description": _LABEL, "Tags": _LABEL},
    ),
    "AWS::Lambda::Function": ResourceType(
        name_property="FunctionName",
        attributes={"Arn": "arn:{partition}:lambda:{region}:{account}:function:{name}"},
        honoured=frozenset(
            {
                "Code",
                "Environment",
                "FunctionName",
                "Handler",
                "Layers",
                "LoggingConfig",
                "MemorySize",
                "ReservedConcurrentExecutions",
                "Role",
                "Runtime",
                "Timeout",
            }
        ),
        inert={
            "Architectures": "functions run on this machine's own",
            "Description": _LABEL,
            "EphemeralStorage": "the machine's own /tmp serves",
            "KmsKeyArn": _ENCRYPTION,
            "Tags": _LABEL,
            "TracingConfig": "nothing collects segments",
        },
    ),
    "AWS::Lambda::LayerVersion": ResourceType(
        ref="arn:{partition}:lambda:{region}:{account}:layer:{name}:1",
        name_property="LayerName",
        honoured=frozenset({"Content", "LayerName"}),
        inert={
            "CompatibleArchitectures": "the local stage packs layers for this machine",
            "CompatibleRuntimes": "the local stage packs layers for this machine",
            "Description": _LABEL,
            "LicenseInfo": _LABEL,
        },
    ),
    "AWS::S3::Bucket": ResourceType(
        name_property="BucketName",
        attributes={"Arn": "arn:{partition}:s3:::{name}"},
        honoured=frozenset({"BucketName", "VersioningConfiguration"}),
        inert={
            "BucketEncryption": _ENCRYPTION,
            "LifecycleConfiguration": _BACKUP,
            "LoggingConfiguration": "nobody else reads the bucket",
            "OwnershipControls": _AUTHORITY,
            "PublicAccessBlockConfiguration": _AUTHORITY,
            "Tags": _LABEL,
        },
    ),
    "AWS::SecretsManager::Secret": ResourceType(
        # Both need the six characters that Secrets Manager adds, so they are known once the secret exists.
        ref="",
        name_property="Name",
        honoured=frozenset({"GenerateSecretString", "Name", "SecretString"}),
        inert={"Description": _LABEL, "KmsKeyId": _ENCRYPTION, "Tags": _LABEL},
    ),
    "AWS::StepFunctions::StateMachine": ResourceType(
        ref="arn:{partition}:states:{region}:{account}:stateMachine:{name}",
        name_property="StateMachineName",
        attributes={"Arn": "arn:{partition}:states:{region}:{account}:stateMachine:{name}", "Name": "{name}"},
        honoured=frozenset(
            {
                "Definition",
                "DefinitionS3Location",
                "DefinitionString",
                "DefinitionSubstitutions",
                "RoleArn",
                "StateMachineName",
                "StateMachineType",
            }
        ),
        inert={
            "EncryptionConfiguration": _ENCRYPTION,
            "LoggingConfiguration": "the interpreter keeps every history",
            "Tags": _LABEL,
            "TracingConfiguration": "nothing collects segments",
        },
    ),
}

_INERT: Mapping[str, ResourceType] = {
    "AWS::ApiGatewayV2::Authorizer": ResourceType(ref="{id}", inert_because="the local front says who is asking"),
    "AWS::ApiGatewayV2::Stage": ResourceType(ref="{id}", inert_because="throttles and access logs belong to AWS"),
    "AWS::CDK::Metadata": ResourceType(inert_because=_LABEL),
    "AWS::CloudWatch::Alarm": ResourceType(
        name_property="AlarmName",
        attributes={"Arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"},
        inert_because="there are no metrics to watch locally",
    ),
    "AWS::CloudWatch::Dashboard": ResourceType(
        name_property="DashboardName", inert_because="there are no metrics to show locally"
    ),
    "AWS::IAM::ManagedPolicy": ResourceType(
        ref="arn:{partition}:iam::{account}:policy/{name}",
        name_property="ManagedPolicyName",
        inert_because=_AUTHORITY,
    ),
    "AWS::IAM::Policy": ResourceType(name_property="PolicyName", inert_because=_AUTHORITY),
    "AWS::IAM::Role": ResourceType(
        name_property="RoleName",
        attributes={"Arn": "arn:{partition}:iam::{account}:role/{name}", "RoleId": "{id}"},
        inert_because=_AUTHORITY,
    ),
    "AWS::Lambda::Permission": ResourceType(inert_because=_AUTHORITY),
    "AWS::Logs::LogGroup": ResourceType(
        name_property="LogGroupName",
        attributes={"Arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*"},
        inert_because="each function's log is a file in the log folder",
    ),
    "AWS::Logs::MetricFilter": ResourceType(inert_because="there are no metrics to count locally"),
    "AWS::S3::BucketPolicy": ResourceType(inert_because=_AUTHORITY),
    "AWS::SecretsManager::ResourcePolicy": ResourceType(inert_because=_AUTHORITY),
}

RESOURCE_TYPES: Mapping[str, ResourceType] = {**_HONOURED, **_INERT}
