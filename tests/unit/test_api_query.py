"""A query parameter that a route does not have is refused by name, wherever it is sent."""

import pytest
from tollgate.api.openapi import document
from tollgate.api.query import PARAMETERS, refuse_unknown
from tollgate.api.routes import ROUTES
from tollgate.errors import InvalidError

ALL = sorted(route for routes in ROUTES.values() for route in routes)


def refused(route: str, *names: str) -> InvalidError:
    """What is said to somebody who sends these parameters."""
    with pytest.raises(InvalidError) as error:
        refuse_unknown(route, dict.fromkeys(names, "x"))
    return error.value


def test_misspelt_parameter_is_told_the_nearest_and_all_that_there_are() -> None:
    """`?agnt=refunds` would have listed everybody's executions."""
    error = refused("GET /v1/executions", "agnt")
    assert str(error) == "the query parameters of GET /v1/executions are: agent, status, limit, cursor; not 'agnt'"
    message = "there is no such query parameter; did you mean `agent`?"
    assert error.violations == [{"pointer": "/agnt", "message": message}]


def test_every_unknown_parameter_is_told_at_its_own_place() -> None:
    """One look mends them all; a name's own slash is no step of the pointer."""
    error = refused("GET /v1/audit", "from/to", "limit", "zzz")
    assert [found["pointer"] for found in error.violations] == ["/from~1to", "/zzz"]
    assert {found["message"] for found in error.violations} == {
        "there is no such query parameter; write one of: since, limit, cursor"
    }


@pytest.mark.parametrize("route", sorted(set(ALL) - set(PARAMETERS)))
def test_route_without_parameters_says_that_it_takes_none(route: str) -> None:
    """A filter on one thing, or on a write, is a mistake too."""
    error = refused(route, "tenant")
    assert str(error) == f"{route} takes no query parameters; not 'tenant'"
    assert error.violations[0]["message"] == "there is no such query parameter; leave it out"


@pytest.mark.parametrize("route", ALL)
def test_the_parameters_that_a_route_has_pass(route: str) -> None:
    """All of them at once, and none."""
    refuse_unknown(route, {parameter["name"]: "x" for parameter in PARAMETERS.get(route, ())})
    refuse_unknown(route, {})


def test_a_long_name_is_not_given_back_whole() -> None:
    """An answer is no echo."""
    error = refused("GET /v1/memory", "x" * 5_000)
    assert len(str(error)) < 200
    assert len(error.violations[0]["pointer"]) < 50


def test_the_document_has_these_parameters_and_no_others() -> None:
    """What is described is what is taken."""
    described = {
        f"{method.upper()} {path}": tuple(one for one in operation.get("parameters", ()) if one["in"] == "query")
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    }
    assert described == {route: PARAMETERS.get(route, ()) for route in ALL}
    assert set(PARAMETERS) <= set(ALL)


def test_every_operation_can_answer_that_a_parameter_is_unknown() -> None:
    """422 is in the description of each."""
    for operations in document()["paths"].values():
        assert all("422" in operation["responses"] for operation in operations.values())
