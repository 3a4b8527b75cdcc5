"""A tool's role gets named actions on named resources, and nothing that could widen itself or pass the gate."""

import re
from collections.abc import Iterator

from tollgate.definitions.load import ToolFile
from tollgate.definitions.nearest import suggestion
from tollgate.definitions.problem import Problem

PLACEHOLDERS = ("AWS::AccountId", "AWS::Partition", "AWS::Region", "Prefix")
REFUSED_SERVICES = ("iam", "kms", "states", "sts")
OWN_TABLES = ("approvals", "budgets", "calls", "executions", "gates", "journal", "memory")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}?")
_OWN_TABLE = re.compile(rf"table/\$\{{Prefix\}}-({'|'.join(OWN_TABLES)})(/|$)")
_READS = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Scan", "Search", "Select")
_EXAMPLE = "`arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Prefix}-<name>`"


def problems(tool: ToolFile) -> Iterator[Problem]:
    """Every action and resource that the role must not get."""
    for index, permission in enumerate(tool.manifest.permissions):
        for at, action in enumerate(permission.actions):
            yield from _action(tool, f"/permissions/{index}/actions/{at}", action)
        for at, resource in enumerate(permission.resources):
            yield from _resource(tool, f"/permissions/{index}/resources/{at}", resource)


def unknown_placeholders(text: str) -> list[str]:
    """The names in `${...}` that deployment does not fill in."""
    return [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]


def _action(tool: ToolFile, pointer: str, action: str) -> Iterator[Problem]:
    service, _, verb = action.partition(":")
    if "*" in action or "?" in action:
        yield tool.source.problem(
            pointer, f"the action `{action}` has a wildcard", "each action by name: `dynamodb:GetItem`"
        )
    elif not _ACTION.fullmatch(action):
        yield tool.source.problem(
            pointer, f"`{action}` is not an action", "`service:Action`, such as `dynamodb:GetItem`"
        )
    elif service in REFUSED_SERVICES:
        message = f"`{action}`: no tool gets actions of {', '.join(REFUSED_SERVICES)}"
        yield tool.source.problem(pointer, message, "the actions that the handler itself needs, without this one")
    elif not tool.manifest.is_effect and not verb.startswith(_READS):
        message = f"`effect: read`, but the role may call `{action}`"
        yield tool.source.problem(
            pointer, message, "the tool's true effect, if this action changes anything", "warning"
        )


def _resource(tool: ToolFile, pointer: str, resource: str) -> Iterator[Problem]:
    unknown = unknown_placeholders(resource)
    if unknown:
        advice = suggestion(unknown[0], PLACEHOLDERS)
        yield tool.source.problem(pointer, f"there is no placeholder `${{{unknown[0]}}}`", advice)
    elif "*" in resource or "?" in resource:
        yield tool.source.problem(
            pointer, f"the resource `{resource}` has a wildcard", f"each resource in full: {_EXAMPLE}"
        )
    elif not resource.startswith("arn:"):
        yield tool.source.problem(pointer, f"the resource `{resource}` is not an ARN", _EXAMPLE)
    elif _OWN_TABLE.search(resource):
        message = f"`{resource}` is Tollgate's own table, which no tool may touch"
        yield tool.source.problem(pointer, message, "a table of the tool's own")
    elif ":function:${Prefix}-" in resource:
        message = f"`{resource}` is one of Tollgate's functions: calling it would pass by the gate"
        yield tool.source.problem(pointer, message, "a function outside the stack, or a tool of its own")
