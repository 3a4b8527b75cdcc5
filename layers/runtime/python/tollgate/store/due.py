"""What still has to be done about approvals, and when: reminders, the end of their time, decisions nobody was told of.

One sparse index of the approvals' own items, so that whatever changes an approval also says, in the same write, when
somebody must look at it next. An item without the attribute `due` is done with.
"""

from dataclasses import dataclass

from tollgate.clock import Clock, iso
from tollgate.errors import ConflictError
from tollgate.models.approval import Approval
from tollgate.store.approval_item import DUE, approval_of
from tollgate.store.dynamodb import Table


@dataclass(frozen=True)
class Due:
    """An approval whose time has come. `tries` counts the earlier attempts at what is to be done."""

    approval: Approval
    due_at: str
    tries: int


class DueApprovals:
    """The index `by_due` of the table `approvals`: pk `due`, sk `due_at`."""

    def __init__(self, table: str, clock: Clock) -> None:
        self._table, self._clock = Table(table), clock

    def now(self, *, limit: int) -> list[Due]:
        """The approvals that are due, the longest overdue first."""
        items = self._table.query(
            "due = :due AND due_at <= :now",
            {":due": DUE, ":now": iso(self._clock.now())},
            index="by_due",
            limit=limit,
            consistent=False,
        )
        found = (Due(approval_of(item), item["due_at"], int(item["tries"])) for item in items)
        return [due for _, due in zip(range(limit), found, strict=False)]

    def claim(self, due: Due, *, until: float) -> Approval | None:
        """Takes the approval for this process until then, and returns it as it stands. None: another was faster.

        A process that dies on the way leaves it to the next sweep after `until`.
        """
        try:
            item = self._table.update(
                {"approval_id": due.approval.approval_id},
                "SET due_at = :until, tries = tries + :one",
                {":until": iso(until), ":seen": due.due_at, ":one": 1, ":due": DUE},
                condition="due = :due AND due_at = :seen",
            )
        except ConflictError:
            return None
        return approval_of(item)

    def next(self, approval_id: str, at: float) -> None:
        """A pending approval is looked at again then; one that was decided meanwhile keeps its own time."""
        try:
            self._table.update(
                {"approval_id": approval_id},
                "SET due_at = :at, tries = :none",
                {":at": iso(at), ":none": 0, ":pending": "pending"},
                condition="#status = :pending",
                names={"#status": "status"},
            )
        except ConflictError:
            return

    def done(self, approval_id: str) -> None:
        """Nothing is left to do about an approval that is no longer pending."""
        self._table.update(
            {"approval_id": approval_id},
            "REMOVE due, due_at",
            {":pending": "pending"},
            condition="#status <> :pending",
            names={"#status": "status"},
        )
