"""Nothing about an approval waits for a request: every minute the gate does what is due."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.names import Names


class GateSweep(Construct):
    """Starts the gate's own function, because no other may wake a machine: reminders, expiry, unfinished decisions."""

    def __init__(self, scope: Construct, id: str, *, names: Names, gate: lambda_.IFunction) -> None:
        super().__init__(scope, id)
        events.Rule(
            self,
            "Minute",
            rule_name=f"{names.prefix}-gate-sweep",
            description="Reminds, expires, and tells machines what was decided",
            schedule=events.Schedule.rate(Duration.minutes(1)),
            # The next minute comes anyway: a sweep that failed is not repeated.
            targets=[targets.LambdaFunction(gate, retry_attempts=0, max_event_age=Duration.minutes(1))],
        )
