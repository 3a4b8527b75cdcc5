"""What a tool's process may not write into its log: what is personal in the call, its documents and its output."""

from typing import Any

from tollgate.models.call import Call
from tollgate.models.tool import DOCUMENT, Tool
from tollgate.redaction import process
from tollgate.redaction.matcher import Matcher
from tollgate.redaction.of_records import output_fields
from tollgate.redaction.personal import values_at
from tollgate.redaction.redactor import Redactor


def keep_from_log(call: Call) -> None:
    """What is personal before the tool runs. Where its output has more, its log waits for that."""
    if call.personal.values:
        process.know(Redactor(Matcher(call.personal.values)))
    if call.personal.output:
        process.hold()


def keep_documents_from_log(manifest: Tool, call: Call, given: dict[str, Any]) -> None:
    """The contents of personal documents that the tool is handed."""
    personal = call.personal.documents
    for name in set(given).intersection(manifest.marked(DOCUMENT)) if personal else ():
        label = personal.get(str(call.arguments[name]))
        if label:
            process.know(Redactor(Matcher({given[name]: label})))


def keep_output_from_log(call: Call, output: Any) -> None:
    """What is personal in what the tool returned."""
    found = values_at(output_fields(call.personal), output)
    if found:
        process.know(Redactor(Matcher(found)))
