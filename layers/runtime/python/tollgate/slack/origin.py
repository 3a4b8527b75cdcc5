"""Where an argument's value came from, in a person's words."""

from collections.abc import Mapping
from typing import Any

from tollgate.approvals.visible import one_line
from tollgate.definitions import pointer

UNKNOWN = "written by the model"
MOST = 4
_TRUSTED = {
    "instruction": "from {requester}'s request",
    "tool": "from {name}, trusted",
    "edit": "set by an approver",
    "manifest": "fixed by the tool's manifest",
}
_UNTRUSTED = {
    "instruction": "from a service's request: unverified",
    "tool": "from what {name} returned: unverified",
    "document": "from the document {name}: unverified",
}


def words(origins: Mapping[str, Any], argument: str, requester: str) -> str:
    """The origins of an argument and of what is inside it, each once, what is not vouched for first."""
    found = sorted(_of(origins, argument), key=_is_trusted)
    said = list(dict.fromkeys(_words(origin, requester) for origin in found)) or [UNKNOWN]
    return "; ".join(said[:MOST]) + (f"; and {len(said) - MOST} other sources" if len(said) > MOST else "")


def is_vouched(origins: Mapping[str, Any], argument: str) -> bool:
    """Whether all that is known of an argument, and something is, comes from sources that may vouch."""
    found = _of(origins, argument)
    return bool(found) and all(_is_trusted(origin) for origin in found)


def _of(origins: Mapping[str, Any], argument: str) -> list[Any]:
    at = pointer.join([argument])
    return [origin for where, origin in origins.items() if where == at or where.startswith(f"{at}/")]


def _is_trusted(origin: Any) -> bool:
    return isinstance(origin, Mapping) and origin.get("trusted") is True and origin.get("from") in _TRUSTED


def _words(origin: Any, requester: str) -> str:
    """What screening says as `{"from", "name", "trusted"}`; what it does not say is not vouched for."""
    if not isinstance(origin, Mapping):
        return UNKNOWN
    table = _TRUSTED if _is_trusted(origin) else _UNTRUSTED
    said = table.get(str(origin.get("from")), UNKNOWN)
    return said.format(name=one_line(str(origin.get("name")), 80), requester=one_line(requester, 80))
