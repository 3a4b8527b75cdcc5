"""The HTTP API's routes: which function answers what, and whether the caller must be known."""

from dataclasses import dataclass
from typing import Any

from local.template.assembly import Document
from local.template.scope import Scope
from local.template.unsupported import UnsupportedTemplateError

ROUTE = "AWS::ApiGatewayV2::Route"
INTEGRATION = "AWS::ApiGatewayV2::Integration"


@dataclass(frozen=True)
class Route:
    """`key` is API Gateway's, e.g. `GET /v1/executions/{id}`. `api_id` names the API in events."""

    key: str
    function_arn: str
    authorized: bool
    api_id: str

    @property
    def method(self) -> str:
        return self.key.split(" ")[0]

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.key.partition(" ")[2].split("/")[1:])


def routes(root: Scope) -> tuple[Route, ...]:
    """Every route of the root template and of the nested ones."""
    for scope in root.tree():
        for logical_id, properties in scope.of_type("AWS::ApiGatewayV2::Api"):
            if properties.get("ProtocolType") != "HTTP":
                raise UnsupportedTemplateError(
                    f"{scope.path}/{logical_id}: only an API of ProtocolType HTTP runs locally"
                )
    integrations = {
        f"integrations/{scope.ref(logical_id)}": _function_of(f"{scope.path}/{logical_id}", properties)
        for scope in root.tree()
        for logical_id, properties in scope.of_type(INTEGRATION)
    }
    return tuple(
        Route(
            key=_key(f"{scope.path}/{logical_id}", properties["RouteKey"]),
            function_arn=integrations[properties["Target"]],
            authorized=properties.get("AuthorizationType", "NONE") != "NONE",
            api_id=str(properties["ApiId"]),
        )
        for scope in root.tree()
        for logical_id, properties in scope.of_type(ROUTE)
    )


def learn_api_url(root: Scope, url: str) -> None:
    """Tells the template where its HTTP API is served."""
    for scope in root.tree():
        for logical_id, _ in scope.of_type("AWS::ApiGatewayV2::Api"):
            scope.learn(logical_id, "ApiEndpoint", url)


def _function_of(where: str, properties: Document) -> str:
    kind = (properties["IntegrationType"], properties.get("PayloadFormatVersion"))
    if kind != ("AWS_PROXY", "2.0"):
        raise UnsupportedTemplateError(
            f"{where} ({INTEGRATION}): only AWS_PROXY with payload 2.0 runs locally, not {kind}"
        )
    return str(properties["IntegrationUri"])


def _key(where: str, key: Any) -> str:
    method, _, path = str(key).partition(" ")
    if not path.startswith("/") or "+}" in path or method == "ANY":
        raise UnsupportedTemplateError(
            f"{where} ({ROUTE}): the route {key!r} does not run locally; write METHOD /path/{{id}}"
        )
    return str(key)
