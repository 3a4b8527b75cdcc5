"""Who may decide, rule by rule."""

from collections.abc import Callable, Iterable

import pytest
from tollgate.approvals.deciders import Deciders
from tollgate.approvals.rights import check
from tollgate.definitions.registry import Registry, SlackSettings
from tollgate.errors import ForbiddenError
from tollgate.models.approval import Decider, Decision, Source
from tollgate.models.principal import Principal

from tests.unit.approval_sample import approval


def decider(principal: Principal, *, stage: str, slack_id: str | None = None) -> Decider:
    """The principal as the table of a stage knows them; no group has a member."""
    users = {slack_id: principal} if slack_id else {}
    deciders = Deciders(registry(stage, users), lambda group, ids: False)
    return deciders.of_principal(principal, Source(door="api"))


def registry(stage: str, users: dict[str, Principal]) -> Registry:
    return Registry(stage=stage, prefix="t", agents={}, tools={}, models={}, slack=SlackSettings(users=users))


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


def group_of(*members: str, asked: list[str]) -> Callable[[str, Iterable[str]], bool]:
    """A Slack where every group has these members, and which notes what it was asked."""

    def is_member(group: str, ids: Iterable[str]) -> bool:
        asked.append(group)
        return bool(set(ids) & set(members))

    return is_member


def test_a_group_lets_in_whom_the_table_maps_to_a_member() -> None:
    """Through either door: membership is Slack's word about an id, and the id is the table's word about a person."""
    users = {"U1": person("ada"), "U2": person("ben"), "U3": person("ada")}
    deciders = Deciders(registry("dev", users), group_of("U3", "U9", asked=[]))
    question = approval(approvers=["slack_group:S1"])
    check(question, deciders.of_principal(person("ada"), Source(door="api")))
    check(question, deciders.of_slack_user("U1", "acme", Source(door="slack")))  # ada's other id is the member
    for outsider in (person("ben"), person("cem"), person("U9")):
        with pytest.raises(ForbiddenError, match="none of the approvers: slack_group:S1"):
            check(question, deciders.of_principal(outsider, Source(door="api")))
    with pytest.raises(ForbiddenError, match="not in this deployment's table"):
        deciders.of_slack_user("U9", "acme", Source(door="slack"))


def test_another_tenants_namesake_is_nobodys_slack_user() -> None:
    """A principal's id is unique within its tenant only."""
    users = {"U1": Principal(id="ada", tenant="globex", kind="person")}
    deciders = Deciders(registry("dev", users), group_of("U1", asked=[]))
    with pytest.raises(ForbiddenError):
        check(
            approval(approvers=["slack_group:S1", "slack:U1"]),
            deciders.of_principal(person("ada"), Source(door="api")),
        )


def test_slack_is_asked_only_where_nothing_else_lets_the_person_in() -> None:
    """A role costs no call; two groups are asked in order until one says yes."""
    asked: list[str] = []
    deciders = Deciders(registry("dev", {"U1": person("ada")}), group_of("U1", asked=asked))
    who = deciders.of_principal(person("ada", "finance"), Source(door="api"))
    check(approval(approvers=["slack_group:S1", "role:finance"]), who)
    assert asked == []
    check(approval(approvers=["slack_group:S1", "slack_group:S2"]), who)
    assert asked == ["S1"]


def test_those_to_ask_are_those_who_may_and_have_not() -> None:
    """Of the tenant, with the right, not the requester, not who already agreed."""
    users = {
        "U1": person("ada", "finance"),
        "U2": person("ben", "finance"),
        "U3": person("eve", "sales"),
        "U4": person("rob", "finance"),
        "U5": Principal(id="sue", tenant="globex", kind="person", claims={"roles": ["finance"]}),
        "*": person("all", "finance"),
    }
    said = Decision(decision="approve", by="ada", at=1.0, fingerprint="sha256:0", via="api")
    question = approval(approvers=["role:finance"], quorum=2, decisions=[said])
    assert Deciders(registry("dev", users), group_of(asked=[])).to_ask(question) == ["U2"]
