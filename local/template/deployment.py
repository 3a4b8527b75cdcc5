"""Deploys a loaded template to the local stack: creates what AWS would create, in an order that needs no waiting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.lambda_host.function import FunctionSpec
from local.template.functions import functions
from local.template.machines import create_machines
from local.template.routes import Route, learn_api_url, routes
from local.template.rules import Rule, rules
from local.template.scope import Scope
from local.template.stores import create_buckets, create_secrets, create_tables


@dataclass(frozen=True)
class Deployment:
    """What the parts of the local stack run, once the stores exist."""

    functions: tuple[FunctionSpec, ...]
    routes: tuple[Route, ...]
    rules: tuple[Rule, ...]
    state_machine_arns: tuple[str, ...]


def deploy(root: Scope, client: Callable[[str], Any], *, api_url: str, secrets: Mapping[str, str]) -> Deployment:
    """Everything in the template. `client` makes a boto3 client of the local AWS endpoint by service name.

    `secrets` holds members of the template's JSON secrets that are known beforehand, e.g. `signing_secret`.
    """
    learn_api_url(root, api_url)
    scopes = list(root.tree())
    for scope in scopes:
        create_secrets(scope, client("secretsmanager"), secrets)  # first: their ARNs end in characters made up now
        create_tables(scope, client("dynamodb"))
        create_buckets(scope, client("s3"))
    machines = [arn for scope in scopes for arn in create_machines(scope, client("stepfunctions"))]
    return Deployment(functions(root), routes(root), rules(root), tuple(machines))
