"""The execution's item: identity, limits, clock, counters and outcome. Every change of it is one conditional write."""

import json
import uuid
from typing import Any

from pydantic import BaseModel, ConfigDict

from tollgate.clock import Clock
from tollgate.errors import ConflictError, NotFoundError
from tollgate.models.execution import Execution, LimitReason, Limits, Outcome, Status
from tollgate.models.principal import Principal
from tollgate.store.artifacts import Artifacts
from tollgate.store.dynamodb import Item, Table, transact
from tollgate.store.execution_item import MICRO, created_key, pack, unpack
from tollgate.store.page import newest_of_tenant, page_of
from tollgate.store.reservations import Reservations

START_RECORD_DAYS = 90
"""Step Functions frees a closed execution's name after 90 days; until then the same key finds the same execution."""


def new_execution_id() -> str:
    """A random name; nothing can be told from it and nobody can guess it."""
    return f"exe-{uuid.uuid4().hex}"


class Start(BaseModel):
    """What an idempotency key stands for."""

    model_config = ConfigDict(frozen=True)

    execution_id: str
    body_hash: str


class Executions:
    """Table `executions`: pk `execution_id`; indexes `by_tenant` and `by_status`, both sorted by `created_key`."""

    def __init__(self, table: str, artifacts: Artifacts, clock: Clock) -> None:
        self._table = Table(table)
        self._artifacts = artifacts
        self._clock = clock
        self.reservations = Reservations(self._table, self._execution)

    def create(self, execution: Execution, *, key: str | None = None, body_hash: str = "") -> None:
        """Writes the execution, and with it the start record of the idempotency key, both or none.

        Raises `ConflictError` when the key was used before (read it with `start_of`).
        """
        put = self._table.put_request(pack(execution, self._artifacts), condition="attribute_not_exists(execution_id)")
        if key is None:
            transact({"Put": put})
            return
        record = {
            "execution_id": _start_key(execution.principal, key),
            "start_of": execution.execution_id,
            "body_hash": body_hash,
            "expires_at": int(execution.created_at) + START_RECORD_DAYS * 86_400,
        }
        transact({"Put": put}, {"Put": self._table.put_request(record, condition="attribute_not_exists(execution_id)")})

    def start_of(self, principal: Principal, key: str) -> Start | None:
        """What the principal's idempotency key started, or None."""
        item = self._table.get({"execution_id": _start_key(principal, key)})
        return Start(execution_id=item["start_of"], body_hash=item["body_hash"]) if item else None

    def get(self, execution_id: str, *, tenant: str | None = None) -> Execution:
        """The execution. Raises `NotFoundError`, also for one of another tenant."""
        item = self._table.get({"execution_id": execution_id})
        if item is None or "document" not in item or (tenant is not None and item["tenant"] != tenant):
            raise NotFoundError(f"there is no execution {execution_id!r}")
        return self._execution(item)

    def opened(self, execution_id: str, redrives: int) -> Execution:
        """The execution as the state machine's present run finds it: after a redrive, with its end forgotten."""
        execution = self.get(execution_id)
        if redrives <= execution.redrives:
            return execution
        self.reopen(execution_id, redrives=redrives)
        return self.get(execution_id)

    def page(
        self, tenant: str, *, agent: str | None, status: Status | None, limit: int, before: str | None
    ) -> tuple[list[Execution], str | None]:
        """Newest first, with the `created_key` to go on from, or None at the end."""
        found = map(self._execution, newest_of_tenant(self._table, tenant, before=before))
        wanted = (one for one in found if agent in (None, one.agent) and status in (None, one.status))
        return page_of(wanted, limit, created_key)

    def running(self) -> list[str]:
        """Ids of all executions that nobody has settled, oldest first."""
        values = {":status": "RUNNING"}
        query = "#status = :status"
        items = self._table.query(query, values, index="by_status", names={"#status": "status"}, consistent=False)
        return [item["execution_id"] for item in items]

    def admitted(self, execution_id: str, *, input: dict[str, Any], untrusted: bool) -> None:
        """Records the cleaned input and starts the clock of active time, once."""
        now = self._clock.now()
        packed = self._artifacts.pack(f"journal/{execution_id}/input-admitted.json", input)
        self._update(
            execution_id,
            "SET #input = :input, untrusted = :untrusted, active_since = if_not_exists(active_since, :now)",
            {":input": packed, ":untrusted": untrusted, ":now": now},
            names={"#input": "input"},
        )

    def enter_step(self, execution_id: str, step: int) -> None:
        """Raises the step to `step`; a late retry of an earlier one changes nothing."""
        try:
            self._update(execution_id, "SET step = :step", {":step": step}, condition="step < :step")
        except ConflictError:
            return

    def pause_clock(self, execution: Execution) -> None:
        """Stops the clock of active time: the execution waits for a person. Twice is harmless."""
        if execution.active_since is None:
            return
        spent = max(0.0, self._clock.now() - execution.active_since)
        try:
            self._update(
                execution.execution_id,
                "SET active_seconds = active_seconds + :spent REMOVE active_since",
                {":spent": spent, ":seen": execution.active_since},
                condition="active_since = :seen",
            )
        except ConflictError:
            return

    def resume_clock(self, execution_id: str) -> None:
        """Starts the clock of active time again. Twice is harmless."""
        self._update(execution_id, "SET active_since = if_not_exists(active_since, :now)", {":now": self._clock.now()})

    def count(
        self, execution_id: str, *, once: str, approvals: int = 0, tool_failures: int = 0, history_events: int = 0
    ) -> Execution | None:
        """Adds to the counters that have limits of their own, once per `once`, which must sort as time does.

        The execution as it is then; None where nothing was added: a retry of a task adds nothing, and neither does an
        earlier step that a redrive looks at again.
        """
        try:
            item = self._update(
                execution_id,
                "SET approvals_asked = approvals_asked + :a, tool_failures = tool_failures + :f, "
                "history_events = history_events + :e, counted = :once",
                {":a": approvals, ":f": tool_failures, ":e": history_events, ":once": once},
                condition="counted < :once",
            )
        except ConflictError:
            return None
        return self._execution(item)

    def stopping(self, execution_id: str, reason: LimitReason, *, scope: str | None = None) -> None:
        """Records the limit that was met, and the outer scope whose it was; the first one stays the reason."""
        try:
            self._update(
                execution_id,
                "SET stopping = :reason, stopping_scope = :scope",
                {":reason": reason, ":scope": scope or ""},
                condition="attribute_not_exists(stopping)",
            )
        except ConflictError:
            return

    def reopen(self, execution_id: str, *, redrives: int) -> None:
        """Forgets limit, end and counters: the execution was redriven and runs again. Once per redrive."""
        try:
            self._update(
                execution_id,
                "SET #status = :running, redrives = :redrives, tool_failures = :zero, approvals_asked = :zero, "
                "active_since = if_not_exists(active_since, :now) "
                "REMOVE stopping, stopping_scope, outcome, reason, ended_at, summary, stop_requested",
                {":running": "RUNNING", ":redrives": redrives, ":zero": 0, ":now": self._clock.now()},
                condition="redrives < :redrives",
                names={"#status": "status"},
            )
        except ConflictError:
            return

    def wound_down(self, execution_id: str, redrives: int) -> None:
        """Records which run of the state machine WindDown ended."""
        self._update(execution_id, "SET wound_down = :redrives", {":redrives": redrives})

    def resumed(self, execution_id: str, redrives: int) -> None:
        """Records that WindDown let this redrive go on."""
        self._update(execution_id, "SET resumed = :redrives", {":redrives": redrives})

    def request_stop(self, execution_id: str) -> None:
        """Flags the execution: nothing new starts from here on."""
        self._update(execution_id, "SET stop_requested = :true", {":true": True})

    def conclude(
        self, execution_id: str, *, outcome: Outcome, reason: str | None, summary: str | None, output: Any = None
    ) -> None:
        """Records how the execution ends. The first outcome stays; `status` is set by `close`."""
        packed = None if output is None else self._artifacts.pack(f"outputs/{execution_id}.json", output)
        assignments = {":outcome": outcome, ":reason": reason, ":summary": summary, ":output": packed}
        present = {name: value for name, value in assignments.items() if value is not None}
        expression = "SET " + ", ".join(f"#{name[1:]} = {name}" for name in present)
        try:
            self._update(
                execution_id,
                expression,
                present,
                condition="attribute_not_exists(outcome)",
                names={f"#{name[1:]}": name[1:] for name in present},
            )
        except ConflictError:
            return

    def close(self, execution_id: str, status: Status, *, ended_at: float) -> None:
        """Sets the final status and stops the clock. Twice is harmless."""
        execution = self.get(execution_id)
        self.pause_clock(execution)
        self._update(
            execution_id,
            "SET #status = :status, ended_at = if_not_exists(ended_at, :at)",
            {":status": status, ":at": ended_at},
            names={"#status": "status"},
        )

    def set_limits(self, execution: Execution, new: Limits) -> Execution:
        """Sets new limits; what is available moves by the difference.

        Raises `ConflictError` when somebody else changed them meanwhile.
        """
        item = self._update(
            execution.execution_id,
            "SET limits = :new, available_tokens = available_tokens + :t, available_microusd = available_microusd + :u",
            {
                ":new": new.model_dump_json(),
                ":seen": execution.limits.model_dump_json(),
                ":t": new.tokens - execution.limits.tokens,
                ":u": round((new.usd - execution.limits.usd) * MICRO),
            },
            condition="limits = :seen",
        )
        return self._execution(item)

    def _update(
        self,
        execution_id: str,
        expression: str,
        values: Item,
        *,
        condition: str | None = None,
        names: dict[str, str] | None = None,
    ) -> Item:
        exists = "attribute_exists(document)"
        return self._table.update(
            {"execution_id": execution_id},
            expression,
            values,
            condition=f"{exists} AND {condition}" if condition else exists,
            names=names,
        )

    def _execution(self, item: Item) -> Execution:
        return unpack(item, self._artifacts, now=self._clock.now())


def _start_key(principal: Principal, key: str) -> str:
    return f"start#{json.dumps([principal.tenant, principal.id, key])}"
