"""The whole of Tollgate on this machine: the synthesised template, deployed to parts that all listen on 127.0.0.1.

Everything is in memory and gone when the stack ends: it is for development and tests. A second stack may run beside
the first, in a process of its own.
"""

import errno
import gc
import os
import secrets
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from local import ledger, open_files, state_file, synth
from local.aws import LocalAws
from local.bedrock.endpoint import BedrockEndpoint
from local.clients import LocalClients
from local.http_front import HttpFront
from local.lambda_host.environment import Platform
from local.lambda_host.host import LambdaHost
from local.loopback import PortUnavailableError
from local.model_choice import ModelChoice, model_choice
from local.rule_engine import RuleEngine
from local.slack_standin.people import people
from local.slack_standin.server import SlackStandIn
from local.state_file import StateFile
from local.template.assembly import Assembly
from local.template.deployment import Deployment, deploy
from local.template.load import load
from local.template.scope import Place, Scope
from local.template.stores import TABLE
from local.template.unsupported import UnsupportedTemplateError
from local.until_stopped import until_stopped

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = "123456789012"
REGION = "us-east-1"
STATE_SECONDS = 0.5
EARLY = ("-api-executions", "-task-admit-request", "-task-reason", "-task-screen-proposal", "-api-gate")
"""Ends of the names of the functions that every execution needs at once, and of the one that people wait for."""


class LocalStackError(Exception):
    """The stack could not start for a reason that its user can mend; the message says which and how."""


class Part(Protocol):
    """A server of the stack."""

    def start(self) -> object: ...

    def stop(self) -> None: ...


class LocalStack:
    """Runs from `__enter__` to `__exit__`; afterwards no process, port or state file of it is left.

    `port` is the HTTP API's; 0 takes a free one, as all other parts do. `prewarm` starts the processes that every
    execution needs ahead of the first one.
    """

    api_url: str
    aws_url: str
    lambda_url: str
    bedrock_url: str
    slack_url: str
    """The page with the cards; Slack's API itself if the environment names one."""
    state_machine_arn: str
    started_at: str

    def __init__(
        self,
        *,
        port: int = 0,
        environ: Mapping[str, str] = os.environ,
        home: Path | None = None,
        root: Path = ROOT,
        prewarm: bool = True,
    ) -> None:
        self._port, self._environ, self._root, self._prewarm = port, environ, root, prewarm
        self.home = home or state_file.home(environ)
        self.pid = os.getpid()
        self.stage, self.region, self.account = synth.STAGE, REGION, ACCOUNT
        self.log_folder = self.home / "logs" / f"{self.pid}-{secrets.token_hex(3)}"
        self.signing_secret = environ.get("SLACK_SIGNING_SECRET") or secrets.token_hex(16)
        self.slack: SlackStandIn | None = None
        self.bedrock: BedrockEndpoint | None = None
        self._parts = ExitStack()
        self._state = StateFile(self.home, self.pid)
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        """Serves when this returns. Raises `LocalStackError`, or `SynthesisError` with the app's own words."""
        try:
            self._start()
        except BaseException as error:
            self._parts.close()
            if isinstance(error, (PortUnavailableError, UnsupportedTemplateError)):
                raise LocalStackError(str(error)) from error
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise LocalStackError(_no_space(error, self.home)) from error
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    def wait(self) -> None:
        """Returns after Ctrl-C or SIGTERM; call it from the main thread."""
        until_stopped()

    @property
    def answers_by_script(self) -> bool:
        """Whether a rehearsal script stands in for the model."""
        return self._model.answers_by_script

    @property
    def model_label(self) -> str:
        """Provider and model in words."""
        return self._model.label

    @property
    def process_ids(self) -> dict[int, str]:
        """Every live process of a function and the function's name."""
        return self._host.process_ids()

    def describe(self) -> dict[str, Any]:
        """Where everything is; the same object as in the state file."""
        processes = self.process_ids
        return {
            "api_url": self.api_url,
            "stepfunctions_url": self.aws_url,
            "aws_url": self.aws_url,
            "lambda_url": self.lambda_url,
            "bedrock_url": self.bedrock_url,
            "slack_url": self.slack_url,
            "console_url": self.slack.url if self.slack else "",
            "region": self.region,
            "account": self.account,
            "state_machine_arn": self.state_machine_arn,
            "signing_secret": self.signing_secret,
            "log_folder": str(self.log_folder),
            "process_ids": sorted(processes),
            "functions": {str(process_id): name for process_id, name in sorted(processes.items())},
            "pid": self.pid,
            "stage": self.stage,
            "started_at": self.started_at,
        }

    def client(self, service: str) -> Any:
        """A boto3 client of the local AWS (of the Lambda endpoint for `lambda`)."""
        return self._clients.client(service)

    def _start(self) -> None:
        open_files.raise_limit()
        platform = self._listen()  # first: a port in use should not cost a synthesis
        template = load(Assembly(synth.synthesise(self._root, self._environ)), Place(self.account, self.region))
        if self.slack:
            self.slack.users = people(self._environ)  # synthesis has refused a table that is none, and said why
        deployment = deploy(template, self.client, api_url=self.api_url, secrets=self._secrets())
        self.state_machine_arn = deployment.state_machine_arns[0]
        self._model: ModelChoice = model_choice(deployment.functions, self._environ)
        self._seed_ledger(template)
        self._run(deployment, platform)
        _set_aside_what_stays()
        self.started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._announce()

    def _listen(self) -> Platform:
        """Every part has its port, so that each can be told where the others are."""
        self._host = LambdaHost(self.log_folder, elsewhere_url=self._environ.get("AWS_ENDPOINT_URL_LAMBDA"))
        self._begin(self._host)
        self._front = HttpFront(self._host.invoke, port=self._port)
        self._parts.callback(self._front.stop)
        self.lambda_url, self.api_url = self._host.url, self._front.url
        self._aws = LocalAws(lambda_url=self.lambda_url, region=self.region, account=self.account)
        self._begin(self._aws)
        self.aws_url = self._aws.url
        self._clients = LocalClients(aws_url=self.aws_url, lambda_url=self.lambda_url, region=self.region)
        self.bedrock_url = self._environ.get("AWS_ENDPOINT_URL_BEDROCK_RUNTIME") or self._start_bedrock()
        slack_api_url = self._environ.get("SLACK_API_URL") or self._start_slack()
        self.slack_url = self.slack.url if self.slack else slack_api_url
        return Platform(
            region=self.region,
            aws_url=self.aws_url,
            lambda_url=self.lambda_url,
            bedrock_url=self.bedrock_url,
            slack_url=slack_api_url,
            caller=self._environ,
        )

    def _begin(self, part: Part) -> None:
        self._parts.callback(part.stop)
        part.start()

    def _start_bedrock(self) -> str:
        own = [Path(part) for part in self._environ.get("TOLLGATE_REHEARSALS", "").split(os.pathsep) if part]
        self.bedrock = BedrockEndpoint(rehearsals=[*own, self._root / "local" / "rehearsals"])
        self._begin(self.bedrock)
        return self.bedrock.url

    def _start_slack(self) -> str:
        self.slack = SlackStandIn(
            signing_secret=self.signing_secret,
            interactions_url=f"{self.api_url}/v1/slack/interactions",
        )
        self._begin(self.slack)
        return self.slack.api_url

    def _secrets(self) -> dict[str, str]:
        # Any token will do for the stand-in; without one, no card would be posted.
        token = self._environ.get("SLACK_BOT_TOKEN") or "xoxb-local"
        return {"signing_secret": self.signing_secret, "bot_token": token}

    def _seed_ledger(self, template: Scope) -> None:
        name = f"{template.stack_name}-ledger"
        if any(properties.get("TableName") == name for _, properties in template.of_type(TABLE)):
            ledger.seed(name, self.client("dynamodb"))

    def _run(self, deployment: Deployment, platform: Platform) -> None:
        for spec in deployment.functions:
            self._host.deploy(spec, platform)
        engine = RuleEngine(deployment.rules, self._host.invoke_later, account=self.account, region=self.region)
        self._begin(engine)
        self._aws.on_execution_status(engine.deliver)
        self._aws.on_event(engine.deliver)
        self._front.serve(deployment.routes)
        if self._prewarm:
            early = [spec.name for ending in EARLY for spec in deployment.functions if spec.name.endswith(ending)]
            threading.Thread(target=self._host.prewarm, args=(early,), name="prewarm", daemon=True).start()

    def _announce(self) -> None:
        """The state file follows the functions' processes as they come and go."""
        self._parts.callback(self._state.remove)
        self._state.write(self.describe())
        follower = threading.Thread(target=self._follow_processes, name="state-file", daemon=True)
        follower.start()
        self._parts.callback(follower.join)
        self._parts.callback(self._stopping.set)

    def _follow_processes(self) -> None:
        written: dict[int, str] = {}
        while not self._stopping.wait(STATE_SECONDS):
            if self.process_ids != written:
                written = self.process_ids
                self._state.write(self.describe())


def _set_aside_what_stays() -> None:
    """Nobody waits 0.3 s in mid-request for the collector to look once more at what lives as long as the process.

    Its count of objects is mostly the models of AWS's services, which moto and boto3 hold.
    """
    gc.collect()
    gc.freeze()


def _no_space(error: OSError, home: Path) -> str:
    return (
        f"no space left on the disk of {error.filename or home}: free some, or name a folder on another disk in "
        "TOLLGATE_HOME"
    )
