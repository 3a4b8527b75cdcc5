"""What wakes somebody: executions that fail, a settlement that errors, an API that breaks, an agent out of bounds."""

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.names import Names

_PERIOD = Duration.minutes(5)


class Alarms(Construct):
    """Alarms on the platform's counters and our own; they notify the stage's topic if it names one."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        names: Names,
        machine: sfn.IStateMachine,
        settle: lambda_.IFunction,
        notify: lambda_.IFunction,
        api: apigw.HttpApi,
        topic_arn: str | None,
    ) -> None:
        super().__init__(scope, id)
        self._prefix = names.prefix
        self._topic = sns.Topic.from_topic_arn(self, "Topic", topic_arn) if topic_arn else None
        self._alarm("executions-failed", machine.metric_failed(period=_PERIOD), "An execution ended as FAILED")
        self._alarm("executions-timed-out", machine.metric_timed_out(period=_PERIOD), "An execution ran for 364 days")
        self._alarm("settle-errors", settle.metric_errors(period=_PERIOD), "Settling an execution raised an error")
        self._alarm("notify-errors", notify.metric_errors(period=_PERIOD), "A webhook or topic was not told of a gate")
        self._alarm("api-errors", api.metric_server_error(period=_PERIOD), "The HTTP API answered with a 5xx status")
        self._alarm("boundary-refusals", self._boundary_refusals(), "An agent proposed a tool outside its list")

    def _boundary_refusals(self) -> cloudwatch.Metric:
        """What `tollgate.incidents` counts over all agents of this deployment."""
        return cloudwatch.Metric(
            namespace="Tollgate",
            metric_name="BoundaryRefusals",
            dimensions_map={"service": "screening", "environment": self._prefix},
            statistic="Sum",
            period=_PERIOD,
        )

    def _alarm(self, name: str, metric: cloudwatch.Metric, description: str) -> None:
        alarm = metric.create_alarm(
            self,
            "".join(word.capitalize() for word in name.split("-")),
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=description,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        if self._topic:
            alarm.add_alarm_action(actions.SnsAction(self._topic))
