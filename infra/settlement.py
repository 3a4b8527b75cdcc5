"""Somebody is there at the end: every status change of the machine, and a sweep for the changes that got lost."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.names import Names


class Settlement(Construct):
    """Starts `settle_execution` on each status event, and every five minutes because EventBridge is best effort."""

    def __init__(self, scope: Construct, id: str, *, names: Names, settle: lambda_.IFunction) -> None:
        super().__init__(scope, id)
        target = targets.LambdaFunction(settle, retry_attempts=8, max_event_age=Duration.hours(2))
        events.Rule(
            self,
            "StatusChanged",
            rule_name=f"{names.prefix}-status-changed",
            description="An execution of the agent machine started or ended",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={"stateMachineArn": [names.machine_arn]},
            ),
            targets=[target],
        )
        events.Rule(
            self,
            "Sweep",
            rule_name=f"{names.prefix}-sweep",
            description="Settles executions that ended without an event",
            schedule=events.Schedule.rate(Duration.minutes(5)),
            targets=[target],
        )
