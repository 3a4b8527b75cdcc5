"""Every query parameter of the API as data: the OpenAPI document shows it, and no request gets by with another one."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from tollgate.api.page import DEFAULT_LIMIT, MAX_LIMIT
from tollgate.definitions.nearest import nearest
from tollgate.definitions.pointer import join
from tollgate.errors import InvalidError
from tollgate.models.approval import ApprovalStatus
from tollgate.models.execution import Status

Parameter = dict[str, Any]
"""A parameter object of OpenAPI."""
NAME_CHARACTERS = 40


def _parameter(name: str, words: list[str] | None = None, text: str | None = None) -> Parameter:
    schema: Parameter = {"type": "string"} | ({"enum": words} if words else {})
    return {"name": name, "in": "query", "schema": schema} | ({"description": text} if text else {})


_LIMIT: Final[Parameter] = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
}
_PAGING: Final = (_LIMIT, _parameter("cursor", text="The `cursor` of the previous page."))

PARAMETERS: Final[dict[str, tuple[Parameter, ...]]] = {
    "GET /v1/executions": (_parameter("agent"), _parameter("status", list(get_args(Status))), *_PAGING),
    "GET /v1/executions/{id}/trace": (
        _parameter("after", text="The `at` of a record, or a cursor: only later records."),
        _LIMIT,
    ),
    "GET /v1/approvals": (
        _parameter("status", list(get_args(ApprovalStatus))),
        _parameter("execution"),
        *_PAGING,
    ),
    "GET /v1/audit": (
        _parameter("since", text="An instant, like 2026-11-22T20:00:00Z: nothing older."),
        *_PAGING,
    ),
    "GET /v1/memory": (
        _parameter("agent"),
        _parameter("query", text="The most similar episodes of `agent`, with scores, on one page."),
        *_PAGING,
    ),
}
"""Route -> its parameters; a route that is not here takes none."""


def refuse_unknown(route: str, given: Mapping[str, str]) -> None:
    """A filter that does not exist filters nothing, so nobody is answered as if it had.

    Raises `InvalidError` with every unknown name, and what to write instead.
    """
    known = [parameter["name"] for parameter in PARAMETERS.get(route, ())]
    unknown = [name for name in given if name not in known]
    if not unknown:
        return
    takes = f"{route} takes no query parameters"
    if known:
        takes = f"the query parameters of {route} are: {', '.join(known)}"
    told = [{"pointer": join([_shown(name)]), "message": _instead(name, known)} for name in unknown]
    raise InvalidError(f"{takes}; not {', '.join(repr(_shown(name)) for name in unknown)}", told)


def _instead(name: str, known: list[str]) -> str:
    meant = nearest(name[:NAME_CHARACTERS], known) if known else None
    if meant:
        return f"there is no such query parameter; did you mean `{meant}`?"
    return "there is no such query parameter; " + (f"write one of: {', '.join(known)}" if known else "leave it out")


def _shown(name: str) -> str:
    return name if len(name) <= NAME_CHARACTERS else f"{name[: NAME_CHARACTERS - 1]}…"
