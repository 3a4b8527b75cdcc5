"""Who is in a Slack user group, as Slack said at most five minutes ago."""

from collections.abc import Iterable
from dataclasses import dataclass

from tollgate.clock import Clock
from tollgate.slack.client import SlackError
from tollgate.slack.connection import Connection

TTL_SECONDS = 300.0
"""Who is removed from a group decides nothing more after this long, whatever is kept where."""
METHOD = "usergroups.users.list"


@dataclass(frozen=True)
class _Members:
    users: frozenset[str]
    asked_at: float


class UserGroups:
    """One per function; its process keeps what Slack answered. A failed look-up is nobody's membership."""

    def __init__(self, slack: Connection, clock: Clock) -> None:
        self._slack, self._clock = slack, clock
        self._known: dict[str, _Members] = {}

    def is_member(self, group: str, users: Iterable[str]) -> bool:
        """Whether one of the users is in the group. Raises `SlackError` when Slack cannot be asked or does not say."""
        wanted = frozenset(users)
        return bool(wanted) and not wanted.isdisjoint(self._members(group))

    def _members(self, group: str) -> frozenset[str]:
        now = self._clock.now()
        known = self._known.get(group)
        # A clock that was set back does not make an old answer a new one.
        if known is None or not 0 <= now - known.asked_at < TTL_SECONDS:
            # The time of the question, not of the answer: the answer may be older than it looks.
            known = _Members(self._ask(group), now)
            self._known[group] = known
        return known.users

    def _ask(self, group: str) -> frozenset[str]:
        client = self._slack.client(patient=False)
        if client is None:
            raise SlackError(METHOD, "nothing: no bot token is configured, so no user group can be looked up")
        return frozenset(client.user_group(group))
