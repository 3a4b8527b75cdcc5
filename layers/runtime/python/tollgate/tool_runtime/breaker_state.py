"""A breaker's item in the ledger's table: powertools' state, and the failures in a row of all processes beside it.

Powertools counts failures in each process alone, so a tool that fails in many short-lived processes would stay open for
ever. Here every failure is one atomic addition on the item, and the first success that knows of any sets it back.
"""

import logging
from typing import Any

from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence
from aws_lambda_powertools.utilities.circuit_breaker.persistence.record import CircuitStateRecord
from aws_lambda_powertools.utilities.circuit_breaker.states import CircuitState
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.errors import ConflictError
from tollgate.store.dynamodb import Table, client

_log = logging.getLogger(__name__)


class BreakerState(CircuitBreakerDynamoDBPersistence):
    """The item of one tool, under a key that no tool's name can make. Opening it drops the count."""

    def __init__(self, tool: str, table: str) -> None:
        self._tool = tool
        self._table = Table(table)
        self._failures = 0
        super().__init__(
            table_name=table,
            key_attr="tool_execution",
            sort_key_attr="step_call",
            static_pk_value=f"BREAKER#{tool}",
            expiry_attr="expires_at",
            boto3_client=client(),
        )

    def is_closed(self) -> bool:
        """Whether calls run as usual, as of the read that let this one through."""
        return bool(self.get_state(self._tool).state == CircuitState.CLOSED)

    @property
    def known_failures(self) -> int:
        """The row's length as of the last read or write."""
        return self._failures

    def failed(self) -> int:
        """Counts one failure; the failures in a row over all processes, 0 where the breaker is open already.

        A count that cannot be written is none: the breaker must not become the outage.
        """
        names = {"#state": self.state_attr, "#failures": "failures"}
        try:
            item = self._table.update(
                self._key(),
                "SET #state = if_not_exists(#state, :closed) ADD #failures :one",
                {":closed": str(CircuitState.CLOSED), ":one": 1},
                condition="attribute_not_exists(#state) OR #state = :closed",
                names=names,
            )
        except (ConflictError, ClientError, BotoCoreError) as error:
            _log.warning("a failure was not counted", extra={"tool": self._tool, "error": type(error).__name__})
            return 0
        self._failures = int(item["failures"])
        return self._failures

    def succeeded(self) -> None:
        """Ends the row. Writes only where a failure is known, so that a healthy tool costs nothing."""
        if not self._failures:
            return
        try:
            self._table.update(
                self._key(),
                "REMOVE #failures",
                {},
                condition="attribute_exists(#failures)",
                names={"#failures": "failures"},
            )
        except (ConflictError, ClientError, BotoCoreError) as error:
            _log.warning("a row of failures was not ended", extra={"tool": self._tool, "error": type(error).__name__})
        self._failures = 0

    def _item_to_record(self, item: dict[str, Any]) -> CircuitStateRecord:
        """Powertools' own reading, and the count beside it."""
        self._failures = int(item.get("failures", {"N": "0"})["N"])
        return super()._item_to_record(item)

    def _key(self) -> dict[str, Any]:
        return {"tool_execution": f"BREAKER#{self._tool}", "step_call": self._tool}
