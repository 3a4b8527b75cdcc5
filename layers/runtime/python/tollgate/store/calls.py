"""The ledger of calls: one item per call, and the only thing that decides whether an effect may start.

Every change is a conditional write from the states that allow it, so that two processes cannot both make it.
"""

import json
from typing import Any

from tollgate.errors import CallRefusedError, ConflictError
from tollgate.models.call import Call, CallResult, CallState, PersonalData
from tollgate.models.principal import Principal
from tollgate.models.verdict import Reason
from tollgate.store.artifacts import INLINE_BYTES, Artifacts
from tollgate.store.dynamodb import Item, Table

_UNSTARTED = (CallState.ASKED, CallState.CLEARED, CallState.APPROVED, CallState.EDITED)


class Calls:
    """Table `calls`: pk `<tool>#<execution>`, sk `<step>#<call>`. A tool's role reaches its own keys alone."""

    def __init__(self, table: str, artifacts: Artifacts) -> None:
        self._table = Table(table)
        self._artifacts = artifacts

    def get(self, tool: str, execution_id: str, step: int, call_id: str) -> Call | None:
        """The call as it stands now, or None."""
        item = self._table.get(key(tool, execution_id, step, call_id))
        return self._call(item) if item else None

    def screened(self, call: Call) -> Call:
        """Records what screening decided, for a call that has not started; a started one stays as it is.

        The write needs the item to be as screening saw it (`call.round` - 1) or absent; a retry of the same
        screening finds its own write. Returns the item as it stands.
        """
        item = self._item(call)
        fresh = "attribute_not_exists(tool_execution)"
        seen = (
            "(#round < :round AND (#state IN (:asked, :cleared, :approved, :edited, :started) "
            "OR (#state = :expired AND revoked = :true)))"
        )
        states = (*_UNSTARTED, CallState.STARTED, CallState.EXPIRED)
        values: Item = {f":{state.lower()}": state for state in states} | {":round": call.round, ":true": True}
        names = {"#state": "state", "#round": "round"}
        try:
            self._table.put(item, condition=f"{fresh} OR {seen}", values=values, names=names)
        except ConflictError:
            current = self.get(call.tool, call.execution_id, call.step, call.call_id)
            if current is None:
                raise
            return current
        return call

    def start(
        self, call: Call, *, attempt_id: str, now: float, lease_until: float, manifest_digest: str, policy_digest: str
    ) -> Call:
        """Takes the call for this process: at most one holder. From CLEARED, APPROVED, or STARTED by a dead attempt.

        `call` is the item as the process read it; anything that changed since refuses. Raises `CallRefusedError`.
        """
        if call.manifest_digest != manifest_digest or call.policy_digest != policy_digest:
            raise CallRefusedError(
                f"{call.tool}: the call was cleared under another manifest or policy; screen it again"
            )
        if call.expires_at and now >= call.expires_at:
            raise CallRefusedError(f"{call.tool}: the approval of this call has expired")
        if call.state not in (CallState.CLEARED, CallState.APPROVED, CallState.STARTED):
            raise CallRefusedError(f"{call.tool}: the call is {call.state}, not cleared to start")
        values: Item = {
            ":started": CallState.STARTED,
            ":seen": call.state,
            ":fingerprint": call.fingerprint,
            ":policy": policy_digest,
            ":attempt": attempt_id,
            ":attempts": call.attempts + 1,
            ":attempts_seen": call.attempts,
            ":lease": lease_until,
        }
        try:
            item = self._table.update(
                key_of(call),
                "SET #state = :started, attempt_id = :attempt, attempts = :attempts, lease_until = :lease",
                values,
                condition="#state = :seen AND fingerprint = :fingerprint AND policy_digest = :policy "
                "AND attempts = :attempts_seen",
                names={"#state": "state"},
            )
        except ConflictError as error:
            raise CallRefusedError(f"{call.tool}: another attempt took this call, or it changed meanwhile") from error
        return self._call(item)

    def count_attempt(self, call: Call, attempt_id: str, *, lease_until: float) -> Call:
        """One more start of the effect by the holder. Raises `CallRefusedError` if it lost hold."""
        values = {":one": 1, ":lease": lease_until}
        return self._as_holder(call, attempt_id, "SET attempts = attempts + :one, lease_until = :lease", values)

    def finish(self, call: Call, attempt_id: str, result: CallResult) -> Call:
        """Records the result, once, by the process that holds the call. Raises `CallRefusedError` for a zombie."""
        values = {":done": CallState.DONE, ":result": self._pack(call, result)}
        return self._as_holder(call, attempt_id, "SET #state = :done, #result = :result", values, result=result)

    def finish_request(self, call: Call, attempt_id: str, result: CallResult) -> dict[str, Any]:
        """The same record as an entry of a transaction, for a tool that writes its effect and this record as one."""
        return self._table.update_request(
            key_of(call),
            "SET #state = :done, #result = :result",
            {
                ":done": CallState.DONE,
                ":result": self._pack(call, result),
                ":started": CallState.STARTED,
                ":attempt": attempt_id,
            },
            condition="#state = :started AND attempt_id = :attempt",
            names={"#state": "state", "#result": "result"},
        )

    def close(self, call: Call, result: CallResult) -> Call:
        """Ends a call that no process will end: it could not be started, or its attempts are used up.

        A zombie that finished it meanwhile keeps its result. Returns the item as it stands.
        """
        try:
            item = self._table.update(
                key_of(call),
                "SET #state = :done, #result = :result",
                {":done": CallState.DONE, ":result": self._pack(call, result), ":seen": call.state},
                condition="#state = :seen",
                names={"#state": "state", "#result": "result"},
            )
        except ConflictError:
            return self.get(call.tool, call.execution_id, call.step, call.call_id) or call
        return self._call(item, result)

    def expire(self, call: Call) -> Call:
        """ASKED or APPROVED -> EXPIRED; whatever came first stays. Returns the item as it stands."""
        try:
            item = self._table.update(
                key_of(call),
                "SET #state = :expired",
                {":expired": CallState.EXPIRED, ":asked": CallState.ASKED, ":approved": CallState.APPROVED},
                condition="#state IN (:asked, :approved)",
                names={"#state": "state"},
            )
        except ConflictError:
            return self.get(call.tool, call.execution_id, call.step, call.call_id) or call
        return self._call(item)

    def expire_asked(self, call_key: Item, *, fingerprint: str) -> None:
        """ASKED -> EXPIRED for the question with this fingerprint; whatever came first stays."""
        try:
            self._table.update(
                call_key,
                "SET #state = :expired",
                {":expired": CallState.EXPIRED, ":asked": CallState.ASKED, ":fingerprint": fingerprint},
                condition="#state = :asked AND fingerprint = :fingerprint",
                names={"#state": "state"},
            )
        except ConflictError:
            return

    def revoke(self, call: Call, *, fingerprint: str) -> None:
        """ASKED -> EXPIRED, marked: the execution was stopped. A decision or another round that came first stays."""
        try:
            self._table.update(
                key_of(call),
                "SET #state = :expired, revoked = :true",
                {
                    ":expired": CallState.EXPIRED,
                    ":asked": CallState.ASKED,
                    ":true": True,
                    ":fingerprint": fingerprint,
                },
                condition="#state = :asked AND fingerprint = :fingerprint",
                names={"#state": "state"},
            )
        except ConflictError:
            return

    def decide_request(
        self,
        call_key: Item,
        *,
        fingerprint: str,
        state: CallState,
        arguments: dict[str, Any] | None,
        by: str,
        now: float,
        reason: str | None = None,
    ) -> dict[str, Any]:
        """A decision as an entry of a transaction: from ASKED, unexpired, with the fingerprint that the decider saw."""
        expression = "SET #state = :state, decided_by = :by"
        values: Item = {
            ":state": state,
            ":asked": CallState.ASKED,
            ":fingerprint": fingerprint,
            ":by": by,
            ":now": now,
            ":never": 0,
        }
        if reason is not None:
            expression += ", decision_reason = :reason"
            values[":reason"] = reason
        if arguments is not None:
            expression += ", edited_arguments = :arguments"
            values[":arguments"] = json.dumps(arguments, ensure_ascii=False)
        return self._table.update_request(
            call_key,
            expression,
            values,
            condition="#state = :asked AND fingerprint = :fingerprint AND (expires_at = :never OR expires_at > :now)",
            names={"#state": "state"},
        )

    def asked(self, call: Call, approval_id: str) -> None:
        """Links the call to its approval."""
        self._table.update(key_of(call), "SET approval_id = :id", {":id": approval_id})

    def _as_holder(
        self, call: Call, attempt_id: str, expression: str, values: Item, *, result: CallResult | None = None
    ) -> Call:
        names = {"#state": "state"} | ({"#result": "result"} if "#result" in expression else {})
        try:
            item = self._table.update(
                key_of(call),
                expression,
                values | {":started": CallState.STARTED, ":holder": attempt_id},
                condition="#state = :started AND attempt_id = :holder",
                names=names,
            )
        except ConflictError as error:
            raise CallRefusedError(
                f"{call.tool}: this process no longer holds the call; its result is dropped"
            ) from error
        return self._call(item, result)

    def _pack(self, call: Call, result: CallResult) -> dict[str, str]:
        """A result of which the model saw a cut is an object, however small: `read_artifact` reads the bucket alone."""
        location = f"results/{call.tool}/{call.execution_id}/{call.step}-{call.call_id}-{call.attempts}.json"
        return self._artifacts.pack(location, result.model_dump(), inline_bytes=0 if result.cut else INLINE_BYTES)

    def _item(self, call: Call) -> Item:
        document = call.model_dump(
            mode="json",
            include={
                "arguments",
                "principal",
                "documents",
                "artifacts",
                "reasons",
                "origins",
                "tool_use_id",
                "fallback_for",
                "edited_by",
                "personal",
            },
        )
        if len(json.dumps(document)) > 4 * INLINE_BYTES:
            raise CallRefusedError(f"{call.tool}: arguments and reasons together are too large for the ledger")
        return key_of(call) | {
            "execution_id": call.execution_id,
            "step": call.step,
            "call_id": call.call_id,
            "tool": call.tool,
            "state": call.state,
            "fingerprint": call.fingerprint,
            "policy_digest": call.policy_digest,
            "manifest_digest": call.manifest_digest,
            "expires_at": call.expires_at,
            "round": call.round,
            "approval_id": call.approval_id,
            "attempts": call.attempts,
            "lease_until": call.lease_until,
            "document": json.dumps(document, ensure_ascii=False),
        }

    def _call(self, item: Item, result: CallResult | None = None) -> Call:
        """The item as a call. `result` is what was just written there: a large one is not fetched back."""
        document = json.loads(item["document"])
        edited = item.get("edited_arguments")
        packed = item.get("result")
        if packed and result is None:
            result = CallResult.model_validate(self._artifacts.unpack(packed))
        return Call(
            execution_id=item["execution_id"],
            step=item["step"],
            call_id=item["call_id"],
            tool=item["tool"],
            tool_use_id=document["tool_use_id"],
            state=CallState(item["state"]),
            arguments=json.loads(edited) if edited else document["arguments"],
            fingerprint=item["fingerprint"],
            policy_digest=item["policy_digest"],
            manifest_digest=item["manifest_digest"],
            expires_at=item["expires_at"],
            round=item["round"],
            principal=Principal.model_validate(document["principal"]),
            documents=document["documents"],
            artifacts=document.get("artifacts", {}),
            reasons=[Reason.model_validate(reason) for reason in document["reasons"]],
            origins=document["origins"],
            personal=PersonalData.model_validate(document.get("personal", {})),
            approval_id=item.get("approval_id"),
            decided_by=item.get("decided_by"),
            decision_reason=item.get("decision_reason"),
            revoked=item.get("revoked", False),
            edited_by=item.get("decided_by") if edited else document["edited_by"],
            attempt_id=item.get("attempt_id"),
            attempts=item["attempts"],
            lease_until=item["lease_until"],
            result=result,
            artifact=packed.get("object") if packed and result and result.cut else None,
            fallback_for=document["fallback_for"],
        )


def key(tool: str, execution_id: str, step: int, call_id: str) -> Item:
    """The item's key."""
    return {"tool_execution": f"{tool}#{execution_id}", "step_call": f"{step:06d}#{call_id}"}


def key_of(call: Call) -> Item:
    """The key of this call's item."""
    return key(call.tool, call.execution_id, call.step, call.call_id)
