"""The execution's item: identity, limits, spend and outcome. Every change of it is one conditional write.

Money and tokens are kept as what is still available, so that a reservation is a single comparison on the server:
`available >= wanted`. Spent = limit - available - reserved.
"""

import json
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict

from tollgate.clock import Clock, iso
from tollgate.errors import ConflictError, NotFoundError
from tollgate.models.execution import Execution, LimitReason, Limits, Outcome, Replay, Spend, Status
from tollgate.models.lease import LeaseSlot
from tollgate.models.principal import Principal
from tollgate.store.artifacts import Artifacts
from tollgate.store.dynamodb import Item, Table, transact
from tollgate.store.lease_slots import empty_slots

MICRO = 1_000_000
SETTLE_RACES = 10
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

    def create(self, execution: Execution, *, key: str | None = None, body_hash: str = "") -> None:
        """Writes the execution, and with it the start record of the idempotency key, both or none.

        Raises `ConflictError` when the key was used before (read it with `start_of`).
        """
        put = self._table.put_request(self._item(execution), condition="attribute_not_exists(execution_id)")
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
        condition, values = "tenant = :tenant", {":tenant": tenant}
        if before:
            condition += " AND created_key < :before"
            values[":before"] = before
        found: list[Execution] = []
        for item in self._table.query(condition, values, index="by_tenant", forward=False, consistent=False):
            execution = self._execution(item)
            if agent not in (None, execution.agent) or status not in (None, execution.status):
                continue
            if len(found) == limit:
                return found, _created_key(found[-1])
            found.append(execution)
        return found, None

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

    def reserve(
        self,
        execution_id: str,
        reservation_id: str,
        *,
        tokens: int,
        microusd: int,
        step: int,
        leased: Mapping[str, str] = MappingProxyType({}),
    ) -> bool:
        """Holds the worst case of one model call, or returns False and holds nothing. One conditional write.

        Nothing is held for an execution that is over or shall stop.
        `leased` names the lease slots that pay too, each with the period of its lease. The same `reservation_id` twice
        is one reservation.
        """
        held = {"tokens": tokens, "microusd": microusd, "step": step, "leased": dict(leased)}
        expression, conditions, names, periods = _from_slots(leased, "-")
        try:
            self._update(
                execution_id,
                "SET available_tokens = available_tokens - :t, available_microusd = available_microusd - :u, "
                f"reservations.#id = :held{expression}",
                {":t": tokens, ":u": microusd, ":held": held, ":running": "RUNNING", **periods},
                condition="available_tokens >= :t AND available_microusd >= :u "
                f"AND attribute_not_exists(reservations.#id){conditions} "
                "AND attribute_not_exists(stop_requested) AND #status = :running",
                names={"#id": reservation_id, "#status": "status", **names},
            )
        except ConflictError:
            return reservation_id in self.reservations(execution_id)
        return True

    def reservations(self, execution_id: str) -> dict[str, dict[str, Any]]:
        """Open reservations by id: `{tokens, microusd, step, leased}`."""
        item = self._table.get({"execution_id": execution_id})
        return dict(item["reservations"]) if item else {}

    def settle(
        self, execution_id: str, reservation_id: str, *, tokens: int | None, microusd: int | None
    ) -> Execution | None:
        """Turns a reservation into spend at the provider's figures; None settles at the full reservation.

        Settling twice is harmless: the first one counts, and is the only one that gets the execution back. A bill above
        the reservation is taken too, and may leave less than nothing available: then no further call starts.
        """
        for _ in range(SETTLE_RACES):
            item = self._table.get({"execution_id": execution_id})
            held = item["reservations"].get(reservation_id) if item else None
            if item is None or held is None:
                return None
            spent = (
                held["tokens"] if tokens is None else tokens,
                held["microusd"] if microusd is None else microusd,
            )
            # A lease of a period that is over gets nothing back: the scope has begun anew.
            leased = {
                kind: period
                for kind, period in held.get("leased", {}).items()
                if item["leases"][kind]["period"] == period
            }
            try:
                return self._execution(self._settle(execution_id, reservation_id, held, spent, leased))
            except ConflictError:
                continue
        raise ConflictError(f"{execution_id}: the reservation {reservation_id} is being settled by others")

    def _settle(
        self,
        execution_id: str,
        reservation_id: str,
        held: dict[str, Any],
        spent: tuple[int, int],
        leased: Mapping[str, str],
    ) -> Item:
        expression, conditions, names, periods = _from_slots(leased, "+")
        return self._update(
            execution_id,
            "SET available_tokens = available_tokens + :t, available_microusd = available_microusd + :u, "
            f"spent_tokens = spent_tokens + :st, spent_microusd = spent_microusd + :su{expression} "
            "REMOVE reservations.#id",
            {
                ":t": held["tokens"] - spent[0],
                ":u": held["microusd"] - spent[1],
                ":st": spent[0],
                ":su": spent[1],
                **periods,
            },
            condition=f"attribute_exists(reservations.#id){conditions}",
            names={"#id": reservation_id, **names},
        )

    def count(
        self, execution_id: str, *, once: str, approvals: int = 0, tool_failures: int = 0, history_events: int = 0
    ) -> None:
        """Adds to the counters that have limits of their own, once per `once`, which must sort as time does.

        A retry of a task adds nothing, and neither does an earlier step that a redrive looks at again.
        """
        try:
            self._update(
                execution_id,
                "SET approvals_asked = approvals_asked + :a, tool_failures = tool_failures + :f, "
                "history_events = history_events + :e, counted = :once",
                {":a": approvals, ":f": tool_failures, ":e": history_events, ":once": once},
                condition="counted < :once",
            )
        except ConflictError:
            return

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

    def summarise(self, execution_id: str, summary: str) -> None:
        """Replaces the summary; the outcome stays."""
        self._update(execution_id, "SET summary = :summary", {":summary": summary})

    def raise_limits(self, execution: Execution, *, tokens: int | None, usd: float | None) -> Execution:
        """Sets new token and cost limits; what is available moves by the difference.

        Raises `ConflictError` when somebody else changed them meanwhile.
        """
        new = execution.limits.model_copy(
            update={name: value for name, value in (("tokens", tokens), ("usd", usd)) if value is not None}
        )
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

    def _item(self, execution: Execution) -> Item:
        document = {
            "agent": execution.agent,
            "agent_digest": execution.agent_digest,
            "principal": execution.principal.model_dump(),
            "replay": execution.replay.model_dump() if execution.replay else None,
        }
        return {
            "execution_id": execution.execution_id,
            "tenant": execution.tenant,
            "created_key": _created_key(execution),
            "created_at": execution.created_at,
            "document": json.dumps(document),
            "input": self._artifacts.pack(f"journal/{execution.execution_id}/input.json", execution.input),
            "limits": execution.limits.model_dump_json(),
            "status": execution.status,
            "outcome": execution.outcome,
            "reason": execution.reason,
            "summary": execution.summary,
            "ended_at": execution.ended_at,
            "step": 0,
            "active_seconds": 0,
            "available_tokens": execution.limits.tokens,
            "available_microusd": round(execution.limits.usd * MICRO),
            "spent_tokens": 0,
            "spent_microusd": 0,
            "reservations": {},
            "approvals_asked": 0,
            "tool_failures": 0,
            "history_events": 0,
            "counted": "-",
            "redrives": 0,
            "leases": empty_slots(),
        }

    def _execution(self, item: Item) -> Execution:
        document = json.loads(item["document"])
        output = item.get("output")
        end = item.get("ended_at") or self._clock.now()
        reservations = item["reservations"].values()
        return Execution(
            execution_id=item["execution_id"],
            agent=document["agent"],
            agent_digest=document["agent_digest"],
            principal=Principal.model_validate(document["principal"]),
            replay=Replay.model_validate(document["replay"]) if document.get("replay") else None,
            input=self._artifacts.unpack(item["input"]),
            status=item["status"],
            outcome=item.get("outcome"),
            reason=item.get("reason"),
            step=item["step"],
            limits=Limits.model_validate_json(item["limits"]),
            spend=Spend(
                tokens=item["spent_tokens"],
                usd=item["spent_microusd"] / MICRO,
                steps=item["step"],
                active_seconds=item["active_seconds"],
                elapsed_seconds=max(0.0, end - item["created_at"]),
                reserved_tokens=sum(held["tokens"] for held in reservations),
                reserved_usd=sum(held["microusd"] for held in reservations) / MICRO,
            ),
            created_at=item["created_at"],
            ended_at=item.get("ended_at"),
            output=self._artifacts.unpack(output) if output else None,
            summary=item.get("summary"),
            stopping=item.get("stopping"),
            stopping_scope=item.get("stopping_scope") or None,
            leases={kind: LeaseSlot.model_validate(slot) for kind, slot in item.get("leases", {}).items()},
            stop_requested=item.get("stop_requested", False),
            untrusted=item.get("untrusted", False),
            active_since=item.get("active_since"),
            approvals_asked=item["approvals_asked"],
            tool_failures=item["tool_failures"],
            history_events=item["history_events"],
            redrives=item["redrives"],
            wound_down=item.get("wound_down"),
            resumed=item.get("resumed", 0),
        )


def _start_key(principal: Principal, key: str) -> str:
    return f"start#{json.dumps([principal.tenant, principal.id, key])}"


def _created_key(execution: Execution) -> str:
    return f"{iso(execution.created_at)}#{execution.execution_id}"


def _from_slots(leased: Mapping[str, str], sign: str) -> tuple[str, str, dict[str, str], Item]:
    """`:t` and `:u` out of (-) or back into (+) the slots: expression, condition, names and values."""
    expression = conditions = ""
    for index in range(len(leased)):
        slot = f"leases.#slot{index}"
        expression += f", {slot}.tokens = {slot}.tokens {sign} :t, {slot}.microusd = {slot}.microusd {sign} :u"
        conditions += f" AND {slot}.period = :period{index}"
        if sign == "-":
            conditions += f" AND {slot}.tokens >= :t AND {slot}.microusd >= :u"
    names = {f"#slot{index}": kind for index, kind in enumerate(sorted(leased))}
    values = {f":period{index}": leased[kind] for index, kind in enumerate(sorted(leased))}
    return expression, conditions, names, values
