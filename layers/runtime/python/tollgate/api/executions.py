"""Reading, stopping and redriving executions. Another tenant's are as unknown as those that never were."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast, get_args

from tollgate.api import page, view
from tollgate.api.machine import REDRIVE_DAYS, Described, Machine
from tollgate.api.problem import NotPossibleError
from tollgate.api.trace import trace_page
from tollgate.errors import ConflictError, InvalidError
from tollgate.models.execution import Execution, Status
from tollgate.models.principal import Principal
from tollgate.redaction.masked_record import Masked
from tollgate.redaction.of_execution import fields_of, redactor_of
from tollgate.redaction.redactor import SECRETS_ALONE
from tollgate.settlement import settle
from tollgate.store.stores import Stores

Query = dict[str, str]
_NEVER_STARTED = "its input was rejected, so it never ran; start a new execution with a better input"


@dataclass(frozen=True)
class Executions:
    """The routes on executions that exist already; one per function."""

    stores: Stores

    def page_of(self, principal: Principal, query: Query) -> dict[str, Any]:
        """Newest first."""
        status = cast(Status | None, page.one_of("status", query.get("status"), get_args(Status)))
        before = page.decode(principal.tenant, query.get("cursor"))
        found, key = self.stores.executions.page(
            principal.tenant,
            agent=query.get("agent"),
            status=status,
            limit=page.limit_of(query.get("limit")),
            before=before,
        )
        now = self.stores.clock.now()
        items = [view.execution(item, now=now, pending=[], whole=False) for item in found]
        return {"items": items, "cursor": page.encode(principal.tenant, key)}

    def get(self, principal: Principal, execution_id: str) -> dict[str, Any]:
        """The execution as it is now; where the machine has moved on without its record, the record follows first."""
        execution = self.stores.executions.get(execution_id, tenant=principal.tenant)
        described = self._machine.describe(execution_id)
        if described is not None and described.status != execution.status:
            execution = self._settled(execution_id)
        return self._view(execution, principal)

    def trace(self, principal: Principal, execution_id: str, query: Query) -> dict[str, Any]:
        """Decision records as they happened, after the given `at`."""
        self.stores.executions.get(execution_id, tenant=principal.tenant)
        limit = page.limit_of(query.get("limit"))
        after = query.get("after", "")
        if len(after) > 512:
            raise InvalidError("query parameter after: give the `at` of a record or a cursor")
        masked = Masked(fields_of(self.stores.journal, execution_id), redactor_of(self.stores.journal, execution_id))
        return trace_page(self.stores.journal.in_order(execution_id, after=after), limit, masked.record)

    def stop(self, principal: Principal, execution_id: str) -> dict[str, Any]:
        """Flag, then machine, then books: nothing new starts after the flag. Twice is harmless.

        Raises `NotPossibleError` for an execution that ended by itself.
        """
        execution = self.stores.executions.get(execution_id, tenant=principal.tenant)
        if execution.status in ("SUCCEEDED", "FAILED", "TIMED_OUT"):
            raise NotPossibleError(f"{execution_id} has ended ({execution.status}); there is nothing to stop")
        if execution.status == "RUNNING":
            self.stores.executions.request_stop(execution_id)
            self._journal("stop", execution, principal)
            self._machine.stop(execution_id, by=principal.id)
        return self._view(self._settled(execution_id), principal)

    def redrive(self, principal: Principal, execution_id: str) -> dict[str, Any]:
        """Goes on where the execution failed. Raises `NotPossibleError` that says why it cannot."""
        execution = self.stores.executions.get(execution_id, tenant=principal.tenant)
        if execution.outcome == "rejected":
            raise NotPossibleError(f"{execution_id} cannot be redriven: {_NEVER_STARTED}")
        why_not = self._why_not_redrivable(execution, self._machine.describe(execution_id))
        if why_not:
            raise NotPossibleError(f"{execution_id} cannot be redriven: {why_not}")
        self._machine.redrive(execution_id)
        self._journal("redrive", execution, principal)
        return self._view(self._settled(execution_id), principal)

    def _why_not_redrivable(self, execution: Execution, described: Described | None) -> str | None:
        if described is None:
            return "Step Functions knows no execution of this name (any more)"
        if described.status == "RUNNING":
            return "it is running"
        if described.status == "SUCCEEDED":
            return "it succeeded"
        days = (self.stores.clock.now() - (execution.ended_at or self.stores.clock.now())) / 86_400
        if days > REDRIVE_DAYS:
            return f"it ended {days:.0f} days ago and Step Functions redrives for {REDRIVE_DAYS}"
        return described.not_redrivable

    def _journal(self, kind: Any, execution: Execution, principal: Principal) -> None:
        record = f"{execution.step:06d}#60#{kind}#{execution.redrives:03d}"
        body = {"by": principal.id, "kind": principal.kind}
        self.stores.journal.write(execution.execution_id, record, kind, body, step=execution.step)

    def _settled(self, execution_id: str) -> Execution:
        # A tool call of an ended execution may still be at work; its result is journalled when it has ended.
        with suppress(ConflictError):
            settle(self.stores, execution_id)
        return self.stores.executions.get(execution_id)

    def _view(self, execution: Execution, reader: Principal) -> dict[str, Any]:
        """The output whole to whoever asked for it, secrets apart; to others of the tenant without personal values."""
        asked = self.stores.approvals.of_execution(execution.execution_id) if execution.approvals_asked else []
        pending = [approval.approval_id for approval in asked if approval.status == "pending"]
        redactor = redactor_of(self.stores.journal, execution.execution_id)
        is_own = reader.id == execution.principal.id
        shown = {
            "output": (SECRETS_ALONE if is_own else redactor).value(execution.output),
            "summary": redactor.text(execution.summary) if execution.summary else execution.summary,
        }
        return view.execution(execution.model_copy(update=shown), now=self.stores.clock.now(), pending=pending)

    @property
    def _machine(self) -> Machine:
        return Machine(self.stores.settings.state_machine_arn)
