"""Where an argument's value came from, in a person's words."""

from collections.abc import Mapping
from typing import Any

from tollgate.approvals.visible import one_line
from tollgate.definitions import pointer

UNKNOWN = "written by the model"
_TRUSTED = {
    "instruction": "from the request",
    "tool": "from {name}, trusted",
    "edit": "set by an approver",
    "manifest": "fixed by the tool's manifest",
}
_UNTRUSTED = {
    "instruction": "from a service's request: unverified",
    "tool": "from what {name} returned: unverified",
    "document": "from the document {name}: unverified",
}


def words(origins: Mapping[str, Any], argument: str) -> str:
    """The origins of an argument and of what is inside it, each once."""
    at = pointer.join([argument])
    found = [_words(origin) for where, origin in origins.items() if where == at or where.startswith(f"{at}/")]
    return "; ".join(dict.fromkeys(found)) or UNKNOWN


def _words(origin: Any) -> str:
    """What screening says as `{"from", "name", "trusted"}`; what it does not say is not vouched for."""
    if not isinstance(origin, Mapping):
        return UNKNOWN
    table = _TRUSTED if origin.get("trusted") is True else _UNTRUSTED
    return table.get(str(origin.get("from")), UNKNOWN).format(name=one_line(str(origin.get("name")), 80))
