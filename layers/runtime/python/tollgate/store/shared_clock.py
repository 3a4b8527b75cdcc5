"""One clock for all processes of a deployment: each one's own, corrected where DynamoDB's answers prove it wrong.

Leases, expiries and deadlines compare a time that one process wrote with the time of another. A function's machine can
be minutes off, for one after it was frozen and thawed; AWS itself refuses requests that are signed more than five
minutes off. Every answer of DynamoDB carries its `Date`, so what a process takes for now is bounded by what the tables
say: between the second of the answer as read on arrival, and the end of that second as read when the request left.
A function behind the HTTP API is told the time by the gateway before it has asked any table.
"""

import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any


class SharedClock:
    """The machine's clock while the tables agree with it; else the nearest time that they agree with."""

    def __init__(self, own: Callable[[], float] = time.time) -> None:
        self._own = own
        self._offset = 0.0
        self._sent = threading.local()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._own() + self._offset

    def follow(self, client: Any) -> None:
        """Looks at every answer that this client of DynamoDB gets from now on, attempt by attempt."""
        client.meta.events.register("before-send.dynamodb", self._leaves)
        client.meta.events.register("response-received.dynamodb", self._arrives)

    def heard(self, date: str, *, sent: float, received: float) -> None:
        """Takes in a `Date`; `sent` and `received` are this machine's times. One that cannot be read says nothing."""
        try:
            told = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        self._bound(told - received, told + 1.0 - sent)

    def told(self, at: float, *, within: float) -> None:
        """Takes in that it is now `at`, or up to `within` seconds later: what the caller of this process says."""
        self._bound(at - self._own(), at + within - self._own())

    def _bound(self, least: float, most: float) -> None:
        """The offset nearest to none at all, and else to the one so far, that lies within the bounds."""
        if least > most:
            return  # the machine's clock was set while the request was under way
        self._offset = 0.0 if least <= 0.0 <= most else min(max(self._offset, least), most)

    def _leaves(self, **_: Any) -> None:
        self._sent.at = self._own()

    def _arrives(self, response_dict: dict[str, Any] | None = None, **_: Any) -> None:
        date = (response_dict or {}).get("headers", {}).get("date")
        sent = getattr(self._sent, "at", None)
        if date and sent is not None:
            self.heard(date, sent=sent, received=self._own())


@cache
def shared_clock() -> SharedClock:
    """This process's."""
    return SharedClock()
