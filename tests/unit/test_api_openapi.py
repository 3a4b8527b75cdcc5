"""The OpenAPI document: valid, complete, and the one in the docs."""

import ast
import json
from pathlib import Path

from openapi_spec_validator import validate
from tollgate.api.openapi import document
from tollgate.api.routes import ROUTES

ROOT = Path(__file__).parents[2]


def test_the_document_is_valid_openapi() -> None:
    """By the validator of the specification."""
    validate(document())
    assert document()["openapi"].startswith("3.1")


def test_every_route_is_in_it_and_nothing_else() -> None:
    """What is deployed is described."""
    described = {
        f"{method.upper()} {path}" for path, operations in document()["paths"].items() for method in operations
    }
    assert described == {route for routes in ROUTES.values() for route in routes}


def test_the_deployed_routes_are_these() -> None:
    """Infrastructure imports nothing of the package, so it holds a copy; it is read here without the CDK."""
    tree = ast.parse((ROOT / "infra" / "http_api.py").read_text("utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "ROUTES"]
    [value] = [node.value for node in assigned if node.value is not None]
    assert ast.literal_eval(value) == ROUTES


def test_only_slack_needs_no_caller() -> None:
    """Every other route has the document's security."""
    open_ones = [
        path
        for path, operations in document()["paths"].items()
        for one in operations.values()
        if one.get("security") == []
    ]
    assert open_ones == ["/v1/slack/interactions"]


def test_every_error_is_a_problem_and_every_reference_exists() -> None:
    """Clients find one form of error."""
    text = json.dumps(document())
    for operations in document()["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                assert ("application/problem+json" in response["content"]) == (int(status) >= 400)
    names = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert names == names & set(document()["components"]["schemas"])


def test_the_docs_hold_this_very_document() -> None:
    """`docs/openapi.json` is generated: python -m tollgate.api.openapi > docs/openapi.json."""
    assert json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8")) == document()
