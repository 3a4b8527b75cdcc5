"""Where an approval's machine waits. A token wakes the machine and authorises nothing."""

from tollgate.store.dynamodb import Table

KEPT_SECONDS = 30 * 86_400
"""A token outlives its question, so that a late decision finds out that nobody waits."""


class Gates:
    """Table `gates`: pk `approval_id`. Those who ask write tokens; the gate alone reads them."""

    def __init__(self, table: str) -> None:
        self._table = Table(table)

    def open(self, approval_id: str, token: str, *, expires_at: float) -> None:
        """Stores the latest token: a retried task has a new one."""
        self._table.update(
            {"approval_id": approval_id},
            "SET task_token = :token, expires_at = :expires",
            {":token": token, ":expires": int(expires_at) + KEPT_SECONDS},
        )

    def token(self, approval_id: str) -> str | None:
        """The token, or None where no gate is open."""
        item = self._table.get({"approval_id": approval_id})
        return item.get("task_token") if item else None

    def remove(self, approval_id: str) -> None:
        """Forgets the token."""
        self._table.delete({"approval_id": approval_id})
