"""The arguments as the tool gets them: documents and artifacts come by name and are handed over whole."""

import json
from typing import Any

from tollgate.errors import InvalidError
from tollgate.models.call import Call
from tollgate.models.tool import ARTIFACT, DOCUMENT, Tool
from tollgate.store.artifacts import Artifacts

SHOWN_NAMES = 20


def with_contents(manifest: Tool, call: Call, artifacts: Artifacts) -> dict[str, Any]:
    """The arguments with names replaced by what they name. Raises `InvalidError` that lists the known names."""
    given = dict(call.arguments)
    for name in set(given).intersection(manifest.marked(DOCUMENT)):
        given[name] = _document(call, given[name], artifacts)
    for name in set(given).intersection(manifest.marked(ARTIFACT)):
        given[name] = _artifact(call, given[name], artifacts)
    return given


def _document(call: Call, name: Any, artifacts: Artifacts) -> str:
    if not isinstance(name, str) or name not in call.documents:
        known = ", ".join(sorted(call.documents)) or "none"
        raise InvalidError(f"there is no document {name!r}; the documents of this request are: {known}")
    return artifacts.get_text(call.documents[name])


def _artifact(call: Call, name: Any, artifacts: Artifacts) -> Any:
    """The whole value behind an id. The object must lie under this execution, whatever the ledger's item says."""
    key = call.artifacts.get(name) if isinstance(name, str) else None
    if key is None:
        known = ", ".join(list(call.artifacts)[-SHOWN_NAMES:]) or "none"
        raise InvalidError(f"there is no artifact {name!r}; this execution has: {known}")
    if not (key.startswith("results/") and key.split("/")[2:3] == [call.execution_id]):
        raise InvalidError(f"the artifact {name!r} is not one of this execution")
    return json.loads(artifacts.get_text(key))["value"]
