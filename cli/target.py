"""Which stack a command talks to: a running local one, or a deployed one by name."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError
from tollgate.slack.connection import SLACK_API, api_under

from cli.client import Client
from cli.exit_codes import USAGE
from cli.failure import CommandError, usage
from local import state_file

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


LOCAL_SLACK_SECRET = "tollgate-local/slack"  # noqa: S105 - a name


@dataclass(frozen=True)
class SlackSecretHolder:
    """A stack's Slack secret, the Slack that it is for, and where that Slack delivers clicks."""

    secrets: "SecretsManagerClient"
    secret_id: str
    api_url: str
    callback_url: str
    is_slack: bool
    """False for a stand-in, whose signing secret has whatever form it likes."""


def _advice(error: Exception) -> str:
    """What to write, where the AWS SDK's own words do not say it."""
    if isinstance(error, NoRegionError):
        return " Write --region NAME, or set AWS_REGION."
    if isinstance(error, NoCredentialsError):
        return ". Run `aws sso login`, or write --profile NAME"
    return ""


@dataclass(frozen=True)
class Target:
    """What the options `--stack --profile --region --principal` say."""

    stack: str | None = None
    profile: str | None = None
    region: str | None = None
    principal: str | None = None

    def client(self) -> Client:
        """A client for the stack. Raises `CommandError` when there is none, and says how to get one."""
        if self.stack:
            return self._deployed(self.stack)
        url = os.environ.get("TOLLGATE_API_URL") or str(self.local()["api_url"])
        if not url.startswith(("http://", "https://")):
            usage(f"TOLLGATE_API_URL is {url!r}; write an address such as http://127.0.0.1:8080, or unset it")
        return Client(url, principal=self.principal)

    def local(self) -> state_file.Description:
        """The local stack that was started last."""
        found = state_file.running(state_file.home())
        if not found:
            raise CommandError(
                "no local stack is running here: start one with `tollgate dev` in another terminal, "
                "or name a deployed one with --stack",
                exit_code=USAGE,
            )
        return found[0]

    def slack(self) -> SlackSecretHolder:
        """Where the stack's Slack secret is, and which Slack it is for. Raises `CommandError`."""
        if self.stack:
            session, outputs = self._outputs(self.stack)
            secret_id = outputs.get("SlackSecretArn", "")
            return SlackSecretHolder(session.client("secretsmanager"), secret_id, SLACK_API, outputs["ApiUrl"], True)
        stack = self.local()
        secrets = boto3.client(
            "secretsmanager",
            endpoint_url=str(stack["aws_url"]),
            region_name=str(stack["region"]),
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the local AWS takes any
        )
        api_url = api_under(str(stack["slack_url"]))
        is_slack = api_url == SLACK_API
        return SlackSecretHolder(secrets, LOCAL_SLACK_SECRET, api_url, str(stack["api_url"]), is_slack)

    def _deployed(self, stack: str) -> Client:
        if self.principal:
            raise CommandError(
                "--principal is for the local stack; a deployed one knows you by your role", exit_code=USAGE
            )
        session, outputs = self._outputs(stack)
        return Client(outputs["ApiUrl"], session=session)

    def _outputs(self, stack: str) -> tuple[boto3.Session, dict[str, str]]:
        try:
            session = boto3.Session(profile_name=self.profile, region_name=self.region)
            stacks = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except (BotoCoreError, ClientError) as error:
            raise CommandError(
                f"the stack {stack!r} cannot be read: {error}{_advice(error)}", exit_code=USAGE
            ) from error
        outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in stacks[0].get("Outputs", [])}
        if "ApiUrl" not in outputs:
            raise CommandError(f"the stack {stack!r} has no output ApiUrl; is it a Tollgate stack?", exit_code=USAGE)
        return session, outputs
