"""Who is told of a budget that is nearly used: Slack, and whoever adds a rule of his own for the same event."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.names import Names

DETAIL_TYPE = "Tollgate Budget Threshold Crossed"


class BudgetNotices(Construct):
    """Starts `notify_budget` on each threshold that a scope of this deployment crossed."""

    def __init__(self, scope: Construct, id: str, *, names: Names, notify: lambda_.IFunction) -> None:
        super().__init__(scope, id)
        events.Rule(
            self,
            "ThresholdCrossed",
            rule_name=f"{names.prefix}-budget-threshold",
            description="A budget is used up to 50, 80 or 100 percent",
            event_pattern=events.EventPattern(source=[names.prefix], detail_type=[DETAIL_TYPE]),
            targets=[targets.LambdaFunction(notify, retry_attempts=2, max_event_age=Duration.hours(1))],
        )
