"""AdmitRequest: nothing reaches a model before the request is admitted, and what is refused leaves its reasons."""

from typing import Any

from tollgate.admission.engine import admit
from tollgate.definitions.registry import Registry
from tollgate.documents import document_fields
from tollgate.errors import RequestRejectedError
from tollgate.models.execution import Execution
from tollgate.replay import copy_steps
from tollgate.store.stores import Stores

RECORD = "000000#00#admission"


def run(stores: Stores, registry: Registry, event: dict[str, Any]) -> dict[str, Any]:
    """Returns `{execution, step}`. Raises `RequestRejectedError`, also again on a retry or redrive."""
    execution = stores.executions.opened(event["execution"], int(event.get("redrives", 0)))
    record = stores.journal.read(execution.execution_id, RECORD)
    body = record.body if record else _decide(stores, registry, execution)
    if body["verdict"] == "reject":
        message = "; ".join(reason["message"] for reason in body["reasons"])
        stores.executions.conclude(
            execution.execution_id,
            outcome="rejected",
            reason=body["reasons"][0]["rule"],
            summary=f"Rejected: {message}",
        )
        raise RequestRejectedError(message)
    stores.executions.admitted(execution.execution_id, input=body["input"], untrusted=body["verdict"] == "flag")
    return {"execution": execution.execution_id, "step": _first_step(stores, execution)}


def _first_step(stores: Stores, execution: Execution) -> int:
    """The step after which Reason begins: 0, or the last one that a replay re-reads."""
    if execution.replay is None:
        return 0
    copy_steps(stores, execution, execution.replay)
    stores.executions.enter_step(execution.execution_id, execution.replay.from_step - 1)
    return execution.replay.from_step - 1


def _decide(stores: Stores, registry: Registry, execution: Execution) -> dict[str, Any]:
    """Admits once; the record is what every later attempt reads."""
    entry = registry.agent(execution.agent)
    tools = registry.tools_of(entry.definition)
    admission = admit(entry.definition, tools, execution.input, execution.principal)
    documents: dict[str, str] = {}
    if admission.verdict != "reject":
        for name, text in document_fields(entry.definition, execution.input):
            documents[name] = f"documents/{execution.execution_id}/{name}"
            stores.artifacts.put_text(documents[name], text)
    body = {
        "verdict": admission.verdict,
        "reasons": [reason.model_dump() for reason in admission.reasons],
        "input": admission.cleaned_input,
        "documents": documents,
        "agent_digest": entry.digest,
    }
    return stores.journal.write(execution.execution_id, RECORD, "admission", body, step=0).body
