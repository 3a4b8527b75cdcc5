"""What every function loads: our package, other people's, and the deployment's definitions, each its own layer."""

from pathlib import Path

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.names import Names
from infra.packaging import Packaging

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


class Layers(Construct):
    """`runtime` and `dependencies` for all functions; `definitions` for those that decide, never for tools."""

    def __init__(self, scope: Construct, id: str, *, names: Names, packaging: Packaging, registry: object) -> None:
        super().__init__(scope, id)
        self._prefix = names.prefix
        self.runtime = self._layer("Runtime", packaging.runtime(), "The package tollgate, compiled")
        self.dependencies = self._layer("Dependencies", packaging.dependencies(), "Third-party packages")
        self.definitions = self._layer("Definitions", packaging.definitions(registry), "Agents, tools, models")

    def _layer(self, id: str, folder: Path, description: str) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            id,
            layer_version_name=f"{self._prefix}-{id.lower()}",
            description=description,
            # The folder's name is the digest of what went into it; compiled files may differ from run to run.
            code=lambda_.Code.from_asset(str(folder), asset_hash=f"{id.lower()}-{folder.name}"),
            compatible_architectures=[ARCHITECTURE],
            compatible_runtimes=[RUNTIME],
            removal_policy=RemovalPolicy.DESTROY,
        )
