"""Which stack a command talks to: a running local one, or a deployed one by name."""

import os
from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli.client import Client
from cli.exit_codes import USAGE
from cli.failure import CommandError
from local import state_file


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
        url = os.environ.get("TOLLGATE_API_URL")
        return Client(url or str(self.local()["api_url"]), principal=self.principal)

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

    def _deployed(self, stack: str) -> Client:
        if self.principal:
            raise CommandError(
                "--principal is for the local stack; a deployed one knows you by your role", exit_code=USAGE
            )
        try:
            session = boto3.Session(profile_name=self.profile, region_name=self.region)
            stacks = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"the stack {stack!r} cannot be read: {error}", exit_code=USAGE) from error
        outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in stacks[0].get("Outputs", [])}
        if "ApiUrl" not in outputs:
            raise CommandError(f"the stack {stack!r} has no output ApiUrl; is it a Tollgate stack?", exit_code=USAGE)
        return Client(outputs["ApiUrl"], session=session)
