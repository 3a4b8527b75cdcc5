"""AdmitRequest: nothing reaches a model before the request is admitted, and what is refused leaves its reasons."""

from typing import Any

from tollgate.admission.case import Finding
from tollgate.admission.engine import admit
from tollgate.admission.record import RECORD, in_force
from tollgate.checks import journalled, stages
from tollgate.checks.subject import Place, of_request
from tollgate.definitions.registry import Registry
from tollgate.documents import document_fields
from tollgate.errors import RequestRejectedError
from tollgate.models.agent import Agent
from tollgate.models.execution import Execution
from tollgate.replay import copy_steps
from tollgate.store.stores import Stores


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


def _external(stores: Stores, agent: Agent, execution: Execution, cleaned: dict[str, Any]) -> list[Finding]:
    """What external checks hold against the request; a request that we reject ourselves is shown to nobody."""
    questions = stages.questions(agent, of_request(agent, cleaned, Place(execution.execution_id)))
    if not questions:
        return []
    records = stores.journal.of_step(execution.execution_id, 0)
    return stages.findings(agent, questions, journalled.answers(stores, execution, 0, questions, records))


def _decide(stores: Stores, registry: Registry, execution: Execution) -> dict[str, Any]:
    """Admits once; the record is what every later attempt reads."""
    entry = registry.agent(execution.agent)
    tools = registry.tools_of(entry.definition)
    admission = admit(entry.definition, tools, execution.input, execution.principal)
    if admission.verdict != "reject":
        admission = admission.joined(_external(stores, entry.definition, execution, admission.cleaned_input))
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
        **in_force(entry),
    }
    return stores.journal.write(execution.execution_id, RECORD, "admission", body, step=0).body
