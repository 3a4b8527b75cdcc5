"""Who stands at the gate, by the deployment's own table, whichever door they came through.

Slack says which of its users clicked and who is in its groups. Which person that is, only the table says, and nobody
can write the table from Slack.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from tollgate.approvals.rights import ANY_ROLE, LOCAL_STAGE, check
from tollgate.definitions.registry import Registry
from tollgate.errors import ForbiddenError
from tollgate.models.approval import Approval, Decider, Source, in_no_group
from tollgate.models.principal import Principal

ANYBODY = "*"
"""The Slack user that stands for every other one, in the stage `local` alone."""

IsMember = Callable[[str, Iterable[str]], bool]
"""Whether one of these Slack ids is in the user group."""


class Deciders:
    """One per function; `is_member` asks Slack."""

    def __init__(self, registry: Registry, is_member: IsMember) -> None:
        self._registry, self._is_member = registry, is_member

    def of_principal(self, principal: Principal, source: Source) -> Decider:
        """A caller of the API, with every Slack id that the table gives to the same person."""
        return self._decider(principal, self.slack_ids(principal), source)

    def of_slack_user(self, user: str, tenant: str, source: Source) -> Decider:
        """The person behind a Slack id. Raises `ForbiddenError` for one that the table does not have.

        `tenant` is the approval's: in the stage `local` the user `*` belongs to whatever is asked.
        """
        users, stage = self._registry.slack.users, self._registry.stage
        if user in users and user != ANYBODY:
            return self._decider(users[user], self.slack_ids(users[user]), source)
        if user and ANYBODY in users and stage == LOCAL_STAGE:
            anybody = Principal(id=f"slack:{user}", tenant=tenant, kind="person", claims={"roles": [ANY_ROLE]})
            return self._decider(anybody, frozenset({user}), source)
        raise ForbiddenError(
            f"the Slack user {user or '(none)'} is not in this deployment's table; "
            f"an administrator adds them under `slack: {{users: ...}}` of the stage `{stage}`"
        )

    def to_ask(self, approval: Approval) -> list[str]:
        """Slack ids of those of the table who may decide and have not yet; groups are for Slack to resolve."""
        said = {decision.by for decision in approval.decisions}
        mapped = {user: who for user, who in self._registry.slack.users.items() if user != ANYBODY}
        people = {user: who for user, who in mapped.items() if who.tenant == approval.tenant and who.id not in said}
        return [user for user, who in people.items() if self._may(approval, who)]

    def slack_ids(self, principal: Principal) -> frozenset[str]:
        """All Slack ids of one person: two ids of one principal are one person, also towards a quorum."""
        identity = (principal.tenant, principal.id, principal.kind)
        users = self._registry.slack.users.items()
        return frozenset(
            user for user, mapped in users if user != ANYBODY and (mapped.tenant, mapped.id, mapped.kind) == identity
        )

    def may_decide(self, approval: Approval, principal: Principal) -> bool:
        """Whether this caller of the API may, as far as the deployment's own table says: no group of Slack is asked."""
        decider = self._decider(principal, self.slack_ids(principal), Source(door="api"))
        return self._passes(approval, replace(decider, member_of=in_no_group))

    def _may(self, approval: Approval, principal: Principal) -> bool:
        return self._passes(approval, Decider(principal=principal, slack_ids=self.slack_ids(principal)))

    def _passes(self, approval: Approval, decider: Decider) -> bool:
        try:
            check(approval, decider)
        except ForbiddenError:
            return False
        return True

    def _decider(self, principal: Principal, slack_ids: frozenset[str], source: Source) -> Decider:
        any_role = self._registry.stage == LOCAL_STAGE and principal.has("roles", ANY_ROLE)
        return Decider(
            principal=principal,
            slack_ids=slack_ids,
            any_role=any_role,
            source=source,
            member_of=lambda group: self._is_member(group, slack_ids),
        )
