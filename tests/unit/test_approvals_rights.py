"""Who may decide, rule by rule."""

import pytest
from tollgate.approvals.rights import check, decider
from tollgate.errors import ForbiddenError
from tollgate.models.principal import Principal

from tests.unit.approval_sample import approval


def person(name: str = "ada", *roles: str, kind: str = "person") -> Principal:
    return Principal(id=name, tenant="acme", kind=kind, claims={"roles": list(roles)})


@pytest.mark.parametrize("approver", ["user:ada", "role:finance", "slack:U1"])
def test_each_kind_of_approver_lets_its_own_in(approver: str) -> None:
    """By name, by role, by Slack id."""
    check(approval(approvers=["user:nobody", approver]), decider(person("ada", "finance"), stage="dev", slack_id="U1"))


@pytest.mark.parametrize(
    "approver", ["user:adam", "role:fin", "slack:U2", "slack:", "ada", "role:", "user:", "group:finance"]
)
def test_nobody_else_gets_in(approver: str) -> None:
    """Nearly right is wrong, and an unknown kind of approver is nobody."""
    with pytest.raises(ForbiddenError):
        check(approval(approvers=[approver]), decider(person("ada", "finance"), stage="dev", slack_id="U1"))


def test_the_wildcard_role_counts_in_the_local_stage_only() -> None:
    """In a deployment `*` is a role like any other, and nobody's."""
    check(approval(), decider(person("ada", "*"), stage="local"))
    with pytest.raises(ForbiddenError):
        check(approval(), decider(person("ada", "*"), stage="dev"))
    with pytest.raises(ForbiddenError):
        check(approval(approvers=["role:*"]), decider(person("ada", "*"), stage="dev"))


def test_a_service_never_decides() -> None:
    """Whatever its roles and whoever is allowed."""
    with pytest.raises(ForbiddenError, match="only a person"):
        check(approval(approvers=[]), decider(person("bot", "finance", "*", kind="service"), stage="local"))


def test_the_requester_is_excluded_unless_the_agent_says_so() -> None:
    """The message names file and setting."""
    rob = decider(person("rob", "finance"), stage="dev")
    with pytest.raises(
        ForbiddenError, match=r"agents/payer/agent.yaml says `approvals: \{requester_may_approve: true\}`"
    ):
        check(approval(), rob)
    check(approval(requester_may_approve=True), rob)
