"""Every physical name and ARN, made from the stage's prefix, so that a role can name what is built after it."""

from dataclasses import dataclass

from aws_cdk import Aws


@dataclass(frozen=True)
class Names:
    """Names of one deployment. ARNs hold the pseudo parameters, so one template serves any account and region."""

    prefix: str

    @property
    def machine(self) -> str:
        return f"{self.prefix}-agent"

    @property
    def machine_arn(self) -> str:
        return _arn("states", f"stateMachine:{self.machine}")

    @property
    def execution_arns(self) -> str:
        """Every execution of the machine: their names are made at run time."""
        return _arn("states", f"execution:{self.machine}:*")

    @property
    def bucket(self) -> str:
        return f"{self.prefix}-artifacts-{Aws.ACCOUNT_ID}-{Aws.REGION}"

    @property
    def tool_function_arns(self) -> str:
        """Every tool's function, the ones of later deployments included."""
        return self.function_arn(self.tool_function("*"))

    def objects(self, key_prefix: str) -> str:
        """The ARN of all objects under a key prefix."""
        return f"arn:{Aws.PARTITION}:s3:::{self.bucket}/{key_prefix}/*"

    def table(self, table: str) -> str:
        return f"{self.prefix}-{table}"

    def table_arn(self, table: str) -> str:
        """The ARN of a table, or of an index written `table/index`."""
        name, _, index = table.partition("/")
        return _arn("dynamodb", f"table/{self.table(name)}" + (f"/index/{index}" if index else ""))

    def task_function(self, folder: str) -> str:
        return f"{self.prefix}-task-{folder.replace('_', '-')}"

    def api_function(self, concern: str) -> str:
        return f"{self.prefix}-api-{concern}"

    def tool_function(self, tool: str) -> str:
        return f"{self.prefix}-tool-{tool}"

    def function_arn(self, function_name: str) -> str:
        return _arn("lambda", f"function:{function_name}")

    def log_streams_arn(self, function_name: str) -> str:
        """The streams of one function's log group; Lambda names them at run time."""
        return _arn("logs", f"log-group:/aws/lambda/{function_name}:log-stream:*")

    def secret_arn(self, secret: str) -> str:
        """A secret by ARN or name; Secrets Manager ends the ARN of a name with six random characters."""
        return secret if secret.startswith("arn:") else _arn("secretsmanager", f"secret:{secret}-??????")

    def guardrail_arn(self, guardrail: str, region: str | None) -> str:
        """A Bedrock guardrail by ARN or id."""
        if guardrail.startswith("arn:"):
            return guardrail
        return f"arn:{Aws.PARTITION}:bedrock:{region or Aws.REGION}:{Aws.ACCOUNT_ID}:guardrail/{guardrail}"


def _arn(service: str, resource: str) -> str:
    return f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}"


def pascal(folder: str) -> str:
    """`screen_proposal` -> `ScreenProposal`: a folder, its state and its construct are one name."""
    return "".join(word.capitalize() for word in folder.split("_"))
