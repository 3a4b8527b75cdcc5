"""Starting an execution, at most once per idempotency key, whatever crashes or races in between."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from tollgate.admission import record as admission
from tollgate.api.machine import Machine
from tollgate.api.problem import RejectedInputError
from tollgate.definitions.registry import AgentEntry, Registry
from tollgate.errors import ConflictError, InvalidError, NotFoundError
from tollgate.models.execution import Execution, Replay
from tollgate.models.principal import Principal
from tollgate.redaction.told_violations import told
from tollgate.replay import check_step
from tollgate.screening import schema
from tollgate.store.executions import new_execution_id
from tollgate.store.stores import Stores

KEY_CHARACTERS = 255
RULE = "input_schema"
"""Admission's rule of this name, asked before anything is started."""
_RACES = 3


class ReplayRequest(BaseModel):
    """Re-read the steps before `from_step` of an execution; `live`: its effects ask, instead of being disabled."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    execution_id: StrictStr
    from_step: StrictInt = Field(ge=1)
    live: StrictBool = False


class StartRequest(BaseModel):
    """An agent and its input, or a replay. The body of `POST /v1/executions`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agent: StrictStr | None = None
    workflow: StrictStr | None = None
    input: dict[str, Any] | None = None
    replay: ReplayRequest | None = None


@dataclass(frozen=True)
class Starter:
    """What starting needs; one per function."""

    stores: Stores
    registry: Registry

    def start(self, principal: Principal, request: StartRequest, key: str | None) -> Execution:
        """The execution of this request, started. The same key and body is the same execution, for 90 days.

        Raises `NotFoundError` for an unknown agent, `InvalidError` for a key with another body, `RejectedInputError`
        with every violation, and `UnreachableError` when the record exists and the same request may be sent again.
        """
        _check_key(key)
        if request.replay:
            return self._replayed(principal, request, request.replay, key)
        missing = list(_missing(request))
        if missing:
            raise InvalidError("the body does not have the form of this request", missing)
        return self._start(principal, request, key)

    def _start(
        self, principal: Principal, request: StartRequest, key: str | None, replay: Replay | None = None
    ) -> Execution:
        entry = self._agent(request)
        body_hash = _hash(request)
        for _ in range(_RACES):
            execution = self._started_before(principal, key, body_hash)
            try:
                execution = execution or self._create(entry, principal, request, key, body_hash, replay)
                return self._begin(entry, execution)
            except ConflictError:
                continue  # the same key at the same time: the other one's execution is ours too
        raise ConflictError("the same Idempotency-Key is being used at the same time; send the request again")

    def _replayed(
        self, principal: Principal, request: StartRequest, wanted: ReplayRequest, key: str | None
    ) -> Execution:
        """The same agent and input again, as the agent is now. Raises `NotFoundError`, `InvalidError`."""
        if request.model_fields_set - {"replay"}:
            raise InvalidError(
                "a replay has the agent and the input of its execution",
                [{"pointer": "/replay", "message": "give replay alone, or agent and input"}],
            )
        source = self.stores.executions.get(wanted.execution_id, tenant=principal.tenant)
        check_step(self.stores, source, wanted.from_step)
        again = StartRequest(agent=source.agent, input=source.input, replay=wanted)
        replay = Replay(of=source.execution_id, from_step=wanted.from_step, live=wanted.live)
        return self._start(principal, again, key, replay)

    def _agent(self, request: StartRequest) -> AgentEntry:
        if (request.agent is None) == (request.workflow is None):
            raise InvalidError(
                "name either an agent or a workflow", [{"pointer": "/agent", "message": "name one agent to run"}]
            )
        if request.agent is None:
            raise NotFoundError(
                f"there is no workflow {request.workflow!r}: workflows are not deployed; run an agent instead: "
                f"{', '.join(sorted(self.registry.agents)) or 'none'}"
            )
        return self.registry.agent(request.agent)

    def _started_before(self, principal: Principal, key: str | None, body_hash: str) -> Execution | None:
        before = self.stores.executions.start_of(principal, key) if key is not None else None
        if before is None:
            return None
        if before.body_hash != body_hash:
            raise InvalidError(
                f"this Idempotency-Key started {before.execution_id} with another body; use a new key",
                [{"pointer": "/Idempotency-Key", "message": "used before with another body"}],
            )
        return self.stores.executions.get(before.execution_id)

    def _create(
        self,
        entry: AgentEntry,
        principal: Principal,
        request: StartRequest,
        key: str | None,
        body_hash: str,
        replay: Replay | None,
    ) -> Execution:
        given = request.input or {}
        found = schema.violations(entry.definition.input_schema, given)
        now = self.stores.clock.now()
        execution = Execution(
            execution_id=new_execution_id(),
            agent=entry.definition.name,
            agent_digest=entry.digest,
            principal=principal,
            replay=replay,
            input=given,
            status="FAILED" if found else "RUNNING",
            outcome="rejected" if found else None,
            reason=RULE if found else None,
            limits=entry.definition.limits,
            created_at=now,
            ended_at=now if found else None,
            summary=_summary(entry, told(entry.definition, given, found)) if found else None,
        )
        self.stores.executions.create(execution, key=key, body_hash=body_hash)
        return execution

    def _begin(self, entry: AgentEntry, execution: Execution) -> Execution:
        """Starts the machine, again where a crash or a fault came between record and start."""
        if _rejected_here(execution):
            self._reject(entry, execution)
        if execution.status == "RUNNING":
            Machine(self.stores.settings.state_machine_arn).start(execution.execution_id)
        return execution

    def _reject(self, entry: AgentEntry, execution: Execution) -> None:
        found = schema.violations(entry.definition.input_schema, execution.input)
        reasons = [{"rule": RULE, "message": violation.as_text()} for violation in found]
        body = {"verdict": "reject", "reasons": reasons, "input": execution.input, **admission.in_force(entry)}
        self.stores.journal.write(execution.execution_id, admission.RECORD, "admission", body, step=0)
        in_body = [
            {"pointer": f"/input{one.pointer}", "message": f"{one.expected} (given: {one.given})"}
            for one in told(entry.definition, execution.input, found)
        ]
        raise RejectedInputError(execution.summary or "rejected", execution.execution_id, in_body)


def _summary(entry: AgentEntry, found: list[schema.Violation]) -> str:
    lines = "; ".join(violation.as_text() for violation in found)
    return f"Rejected: the input does not satisfy the schema of {entry.definition.name}: {lines[:2000]}"


def _rejected_here(execution: Execution) -> bool:
    """Whether the execution was turned away at the door, and not later by AdmitRequest."""
    return execution.outcome == "rejected" and execution.ended_at == execution.created_at


def _missing(request: StartRequest) -> Iterator[dict[str, str]]:
    """All that a start needs and the body has not."""
    if request.agent is None and request.workflow is None:
        yield {"pointer": "/agent", "message": "name one agent to run"}
    if request.input is None:
        yield {"pointer": "/input", "message": "give an object"}


def _check_key(key: str | None) -> None:
    if key is not None and not (1 <= len(key) <= KEY_CHARACTERS and key.isprintable()):
        message = f"1 to {KEY_CHARACTERS} printable characters"
        raise InvalidError(f"Idempotency-Key: {message}", [{"pointer": "/Idempotency-Key", "message": message}])


def _hash(request: StartRequest) -> str:
    """Over the request as understood: key order and white space of the body make no difference."""
    said = request.model_dump(mode="json", exclude=None if request.replay else {"replay"})
    text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
