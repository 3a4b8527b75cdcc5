"""One deployment: composes the capabilities and hands each what it needs, defines nothing itself."""

from pathlib import Path

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import http_api, rights, state_machine, tools
from infra.alarms import Alarms
from infra.artifacts import Artifacts
from infra.budget_notices import BudgetNotices
from infra.definitions import Definitions
from infra.gate_sweep import GateSweep
from infra.layers import Layers
from infra.local_only import LocalOnly
from infra.names import Names, pascal
from infra.packaging import Packaging
from infra.sample_ledger import SampleLedger
from infra.settings import Stage
from infra.settlement import Settlement
from infra.slack_secret import SlackSecret
from infra.tables import Tables
from infra.tasks import OwnFunctions, Surroundings

_API_TIMEOUT_SECONDS = 29
"""API Gateway gives up after 30."""
_OUTSIDE_TIMEOUT_SECONDS = 300
"""Of the tasks that no state of the machine waits for."""


class TollgateStack(Stack):
    """The whole of one stage. Synthesis reads files only; no account is asked anything."""

    def __init__(
        self, scope: Construct, id: str, *, root: Path, stage: Stage, definitions: Definitions, packaging: Packaging
    ) -> None:
        super().__init__(scope, id, stack_name=stage.prefix, description="Tollgate: AI agents, every step durable")
        self._root, self._stage, self._definitions, self._packaging = root, stage, definitions, packaging
        self._names = Names(stage.prefix)
        self._store()
        self._layers = Layers(self, "Layers", names=self._names, packaging=packaging, registry=definitions.document)
        asl = (root / "statemachines" / "agent.asl.json").read_text("utf-8")
        tasks = self._tasks(asl)
        self._tools()
        self._run(asl, tasks)

    def _store(self) -> None:
        names, retain = self._names, self._stage.retain_data
        Tables(self, "Tables", names=names, retain=retain)
        self._bucket = Artifacts(self, "Artifacts", names=names, retain=retain).bucket
        self._slack = SlackSecret(self, "Slack", names=names, retain=retain).secret
        if self._stage.sample_ledger:
            SampleLedger(self, "SampleLedger", names=names, retain=retain)
        if self._stage.is_local:
            LocalOnly(self, "LocalOnly")

    def _tasks(self, asl: str) -> dict[str, lambda_.Function]:
        folder = self._root / "lambdas" / "tasks"
        by_state = state_machine.lambda_timeouts(asl)
        names = state_machine.task_folders(folder, asl)
        return OwnFunctions(
            self,
            "Tasks",
            folders=[folder / name for name in names],
            rights=rights.TASKS,
            name=self._names.task_function,
            timeouts={name: by_state.get(pascal(name), _OUTSIDE_TIMEOUT_SECONDS) for name in names},
            shared=self._shared(),
        ).by_folder

    def _tools(self) -> None:
        for number, members in tools.shards(self._definitions.tools).items():
            tools.ToolStack(
                self,
                f"Tools{number}",
                names=self._names,
                stage=self._stage,
                tools=members,
                packaging=self._packaging,
                layers=(self._layers.runtime, self._layers.dependencies),
            )

    def _run(self, asl: str, tasks: dict[str, lambda_.Function]) -> None:
        names, stage = self._names, self._stage
        in_the_machine = {name: task for name, task in tasks.items() if name not in state_machine.OUTSIDE_THE_MACHINE}
        machine = state_machine.AgentMachine(self, "Agent", names=names, asl=asl, tasks=in_the_machine).machine
        functions = self._api_functions()
        GateSweep(self, "GateSweep", names=names, gate=functions["gate"])
        api = http_api.HttpApi(
            self,
            "Http",
            names=names,
            functions=functions,
            jwt=stage.jwt,
            log_retention_days=stage.log_retention_days,
        ).api
        settle = tasks["settle_execution"]
        Settlement(self, "Settlement", names=names, settle=settle)
        BudgetNotices(self, "BudgetNotices", names=names, notify=tasks["notify_budget"])
        Alarms(
            self,
            "Alarms",
            names=names,
            machine=machine,
            settle=settle,
            notify=tasks["notify_approval"],
            api=api,
            topic_arn=stage.alarm_topic_arn,
        )
        CfnOutput(self, "ApiUrl", value=api.api_endpoint)
        CfnOutput(self, "StateMachineArn", value=machine.state_machine_arn)
        CfnOutput(self, "SlackSecretArn", value=self._slack.secret_arn)

    def _api_functions(self) -> dict[str, lambda_.Function]:
        folder = self._root / "lambdas" / "api"
        return OwnFunctions(
            self,
            "Api",
            folders=[folder / concern for concern in http_api.ROUTES],
            rights=rights.API,
            name=self._names.api_function,
            timeouts=dict.fromkeys(http_api.ROUTES, _API_TIMEOUT_SECONDS),
            shared=self._shared(),
        ).by_folder

    def _shared(self) -> Surroundings:
        return Surroundings(
            names=self._names,
            stage=self._stage,
            definitions=self._definitions,
            layers=(self._layers.runtime, self._layers.dependencies, self._layers.definitions),
            bucket_name=self._bucket.bucket_name,
            slack_secret_arn=self._slack.secret_arn,
        )
