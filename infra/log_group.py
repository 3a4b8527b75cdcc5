"""A log group of a name of ours, which ends with the deployment."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.settings import LOG_RETENTION_DAYS

_RETENTION = dict(
    zip(
        LOG_RETENTION_DAYS,
        (
            logs.RetentionDays.ONE_DAY,
            logs.RetentionDays.ONE_WEEK,
            logs.RetentionDays.TWO_WEEKS,
            logs.RetentionDays.ONE_MONTH,
            logs.RetentionDays.THREE_MONTHS,
            logs.RetentionDays.SIX_MONTHS,
            logs.RetentionDays.ONE_YEAR,
            logs.RetentionDays.TEN_YEARS,
        ),
        strict=True,
    )
)


def log_group(scope: Construct, id: str, *, name: str, retention_days: int) -> logs.LogGroup:
    """Keeps each line for so many days, one of `LOG_RETENTION_DAYS`."""
    return logs.LogGroup(
        scope, id, log_group_name=name, retention=_RETENTION[retention_days], removal_policy=RemovalPolicy.DESTROY
    )
