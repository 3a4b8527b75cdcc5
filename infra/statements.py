"""A row of `infra/rights.py` as IAM statements and as the environment that goes with them."""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from infra.names import Names
from infra.rights import Rights

Notifications = Mapping[str, Mapping[str, Mapping[str, Any]]]
_NOBODY: Notifications = {}
NOTIFIER = "notify_approval"
_GEOGRAPHIES = ("us", "eu", "apac", "au", "jp", "ca", "us-gov", "global")
"""First part of the id of a cross-region inference profile, as Bedrock names them."""


def statements(
    rights: Rights,
    *,
    names: Names,
    slack_secret_arn: str,
    models: Mapping[str, Mapping[str, Any]],
    checks: Iterable[Mapping[str, Any]] = (),
    notifications: Notifications = _NOBODY,
) -> list[iam.PolicyStatement]:
    """Every statement of one role, its own log excepted. Actions are spelled out; none has a wildcard."""
    found = [
        _allow("dynamodb:{}", actions, [names.table_arn(table)]) for table, actions in sorted(rights.tables.items())
    ]
    if rights.read:
        found.append(_allow("s3:{}", ["GetObject"], map(names.objects, rights.read)))
    if rights.write:
        found.append(_allow("s3:{}", ["PutObject"], map(names.objects, rights.write)))
    if rights.machine:
        found.append(_allow("states:{}", rights.machine, [names.machine_arn]))
    if rights.executions:
        found.append(_allow("states:{}", rights.executions, [names.execution_arns]))
    if rights.slack:
        found.append(_allow("secretsmanager:{}", ["GetSecretValue"], [slack_secret_arn]))
    if rights.events:
        found.append(_publish(names))
    if rights.invokes:
        found.append(_allow("lambda:{}", ["InvokeFunction"], [names.function_arn(names.api_function(rights.invokes))]))
    if rights.models:
        found.extend(_model_statements(names, models))
    found.extend(_notification_statements(rights, names, notifications))
    found.extend(_check_statements(names, [check for check in checks if rights.checks in check["at"]]))
    return found


def environment(
    rights: Rights,
    *,
    names: Names,
    bucket: str,
    slack_secret_arn: str,
    console_url: str,
    notifications: Notifications = _NOBODY,
) -> dict[str, str]:
    """The `TOLLGATE_*` variables of what the function may touch, and of nothing else."""
    tables = sorted({table.partition("/")[0] for table in rights.tables})
    found = {f"TOLLGATE_{table.upper()}_TABLE": names.table(table) for table in tables}
    if rights.read or rights.write:
        found["TOLLGATE_BUCKET"] = bucket
    if rights.machine or rights.executions:
        found["TOLLGATE_STATE_MACHINE_ARN"] = names.machine_arn
    if rights.slack:
        found["TOLLGATE_SLACK_SECRET_ID"] = slack_secret_arn
    if rights.events:
        found["TOLLGATE_EVENT_SOURCE"] = names.prefix
    if (rights.slack or rights.notifies) and console_url:
        found["TOLLGATE_CONSOLE_URL"] = console_url
    if rights.asks_to_notify and any(notifications.values()):
        found["TOLLGATE_NOTIFY_FUNCTION"] = names.task_function(NOTIFIER)
    return found


def _notification_statements(rights: Rights, names: Names, notifications: Notifications) -> list[iam.PolicyStatement]:
    """Whoever notifies reads the webhooks' secrets and publishes to the topics; who asks for it invokes it."""
    webhooks, topics = notifications.get("webhooks", {}), notifications.get("topics", {})
    found = []
    if rights.asks_to_notify and (webhooks or topics):
        notifier = names.function_arn(names.task_function(NOTIFIER))
        found.append(_allow("lambda:{}", ["InvokeFunction"], [notifier]))
    if rights.notifies and webhooks:
        secrets = sorted({names.secret_arn(webhook["secret_id"]) for webhook in webhooks.values()})
        found.append(_allow("secretsmanager:{}", ["GetSecretValue"], secrets))
    if rights.notifies and topics:
        found.append(_allow("sns:{}", ["Publish"], sorted({topic["arn"] for topic in topics.values()})))
    return found


def _publish(names: Names) -> iam.PolicyStatement:
    """Under no other source than this deployment's, so that nothing else of the account can be imitated."""
    bus = f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:event-bus/default"
    return iam.PolicyStatement(
        actions=["events:PutEvents"], resources=[bus], conditions={"StringEquals": {"events:source": names.prefix}}
    )


def _allow(form: str, actions: Iterable[str], resources: Iterable[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=[form.format(action) for action in actions], resources=list(resources))


def _model_statements(names: Names, models: Mapping[str, Mapping[str, Any]]) -> list[iam.PolicyStatement]:
    secrets = sorted({names.secret_arn(target["secret_id"]) for target in models.values() if target.get("secret_id")})
    bedrock = {(target["model"], target.get("region") or Aws.REGION) for target in models.values()
               if target["provider"] == "bedrock"}  # fmt: skip
    found = [statement for model, region in sorted(bedrock) for statement in invoke_model(model, region)]
    if secrets:
        found.append(_allow("secretsmanager:{}", ["GetSecretValue"], secrets))
    return found


def _check_statements(names: Names, checks: Iterable[Mapping[str, Any]]) -> list[iam.PolicyStatement]:
    """The guardrails and secrets of the external checks that one function asks, each by its own ARN."""
    listed = list(checks)
    guardrails = {names.guardrail_arn(c["guardrail"], c["region"]) for c in listed if c["kind"] == "bedrock_guardrail"}
    secrets = {names.secret_arn(check["secret"]["name"]) for check in listed if check["secret"]}
    found = [_allow("bedrock:{}", ["ApplyGuardrail"], sorted(guardrails))] if guardrails else []
    return found + ([_allow("secretsmanager:{}", ["GetSecretValue"], sorted(secrets))] if secrets else [])


def invoke_model(model: str, region: str) -> list[iam.PolicyStatement]:
    """The right to call one model: by its own id, or only through the inference profile that the id names.

    A profile sends the call on to the model in other regions, so those ARNs are needed too; the condition keeps
    them out of reach except through the profile ("Global cross-Region inference", Bedrock user guide).
    """
    geography, _, foundation = model.partition(".")
    if geography not in _GEOGRAPHIES:
        return [_invoke([f"arn:{Aws.PARTITION}:bedrock:{region}::foundation-model/{model}"])]
    profile = f"arn:{Aws.PARTITION}:bedrock:{region}:{Aws.ACCOUNT_ID}:inference-profile/{model}"
    regions = (region, "") if geography == "global" else ("*",)
    behind = [f"arn:{Aws.PARTITION}:bedrock:{where}::foundation-model/{foundation}" for where in regions]
    return [_invoke([profile]), _invoke(behind, through=profile)]


def _invoke(resources: list[str], through: str | None = None) -> iam.PolicyStatement:
    conditions = {"StringEquals": {"bedrock:InferenceProfileArn": through}} if through else None
    return iam.PolicyStatement(actions=["bedrock:InvokeModel"], resources=resources, conditions=conditions)
