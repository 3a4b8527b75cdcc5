"""The functions that are ours: the machine's tasks and the API's concerns, each a folder and a row of rights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import statements
from infra.definitions import Definitions
from infra.function import Body, IsolatedFunction
from infra.names import Names, pascal
from infra.rights import Rights
from infra.settings import ConfigurationError, Stage

_NOT_SHIPPED = ["__pycache__", "*.pyc", ".DS_Store"]
_MEMORY_MB = 512
"""Python's imports are bound by CPU, and CPU comes with memory: below this a cold start costs more than it saves."""


@dataclass(frozen=True)
class Surroundings:
    """What all of our own functions share."""

    names: Names
    stage: Stage
    definitions: Definitions
    layers: tuple[lambda_.ILayerVersion, ...]
    bucket_name: str
    slack_secret_arn: str


class OwnFunctions(Construct):
    """One function per folder, with the rights of the folder's row and a timeout of its own."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        folders: list[Path],
        rights: Mapping[str, Rights],
        name: Callable[[str], str],
        timeouts: Mapping[str, int],
        shared: Surroundings,
    ) -> None:
        super().__init__(scope, id)
        self.by_folder: dict[str, lambda_.Function] = {}
        for folder in folders:
            row = _row(folder, rights)
            self.by_folder[folder.name] = IsolatedFunction(
                self,
                pascal(folder.name),
                name=name(folder.name),
                names=shared.names,
                body=_body(folder, timeouts[folder.name], shared),
                environment=statements.environment(
                    row,
                    names=shared.names,
                    bucket=shared.bucket_name,
                    slack_secret_arn=shared.slack_secret_arn,
                    console_url=shared.stage.console_url,
                    notifications=shared.definitions.notifications,
                ),
                statements=statements.statements(
                    row,
                    names=shared.names,
                    slack_secret_arn=shared.slack_secret_arn,
                    models=shared.definitions.models,
                    checks=shared.definitions.checks,
                    notifications=shared.definitions.notifications,
                ),
                log_retention_days=shared.stage.log_retention_days,
            ).function


def _row(folder: Path, rights: Mapping[str, Rights]) -> Rights:
    if folder.name not in rights:
        raise ConfigurationError(f"{folder}: infra/rights.py has no row {folder.name!r}; write what it may do")
    return rights[folder.name]


def _body(folder: Path, timeout_seconds: int, shared: Surroundings) -> Body:
    return Body(
        code=lambda_.Code.from_asset(str(folder), exclude=_NOT_SHIPPED),
        handler="handler.handler",
        layers=shared.layers,
        timeout_seconds=timeout_seconds,
        memory_mb=_MEMORY_MB,
    )
