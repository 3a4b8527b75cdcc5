"""One Lambda function with a role and a log group of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.acknowledgements import acknowledge, acknowledge_wildcards
from infra.layers import ARCHITECTURE, RUNTIME
from infra.log_group import log_group
from infra.names import Names

EVERYWHERE: Mapping[str, str] = {
    # The SDK's own switch: endpoints in the environment or in a config file do not lead a deployed function astray.
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "Tollgate",
}


@dataclass(frozen=True)
class Body:
    """What a function runs: code, entry point, layers, and how much time and memory it gets."""

    code: lambda_.Code
    handler: str
    layers: Sequence[lambda_.ILayerVersion]
    timeout_seconds: int
    memory_mb: int


class IsolatedFunction(Construct):
    """A function that may do exactly what its statements say, and write its own log."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        names: Names,
        body: Body,
        environment: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        log = log_group(self, "Log", name=f"/aws/lambda/{name}", retention_days=log_retention_days)
        role = _role(self, name=name, names=names, statements=statements)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=body.code,
            handler=body.handler,
            layers=list(body.layers),
            timeout=Duration.seconds(body.timeout_seconds),
            memory_size=body.memory_mb,
            role=closed(role),
            log_group=log,
            environment={**EVERYWHERE, "POWERTOOLS_SERVICE_NAME": name, **environment},
        )
        acknowledge(
            self.function, "AwsSolutions-L1", "Python 3.13 is what the compiled layers are built and tested for."
        )


def closed(role: iam.Role) -> iam.IRole:
    """The role as others may use it: nothing but its inline statements ever gets in."""
    return iam.Role.from_role_arn(role, "Closed", role.role_arn, mutable=False)


def _role(scope: Construct, *, name: str, names: Names, statements: Sequence[iam.PolicyStatement]) -> iam.Role:
    own_log = iam.PolicyStatement(
        actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[names.log_streams_arn(name)]
    )
    every = [own_log, *statements]
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=f"Exactly what {name} needs",
        inline_policies={"Rights": iam.PolicyDocument(statements=every)},
    )
    acknowledge_wildcards(role, every)
    return role
