"""The arguments as the tool gets them: documents come by name and are handed over whole."""

from typing import Any

from tollgate.conversation import takes_document
from tollgate.errors import InvalidError
from tollgate.models.call import Call
from tollgate.models.tool import Tool
from tollgate.store.artifacts import Artifacts


def with_documents(manifest: Tool, call: Call, artifacts: Artifacts) -> dict[str, Any]:
    """The arguments with documents' names replaced by their texts. Raises `InvalidError` that lists the known names."""
    if not takes_document(manifest):
        return call.arguments
    properties = manifest.input_schema["properties"]
    return {
        name: _text(call, value, artifacts) if _names_document(properties.get(name)) else value
        for name, value in call.arguments.items()
    }


def _names_document(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("x-tollgate-document") is True


def _text(call: Call, name: Any, artifacts: Artifacts) -> str:
    if not isinstance(name, str) or name not in call.documents:
        known = ", ".join(sorted(call.documents)) or "none"
        raise InvalidError(f"there is no document {name!r}; the documents of this request are: {known}")
    return artifacts.get_text(call.documents[name])
