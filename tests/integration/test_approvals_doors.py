"""The same gate behind each door: who may, how many, and what the audit says of them, through the API and Slack."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk.web.client import WebClient
from tollgate.approvals.deciders import Deciders
from tollgate.clock import iso
from tollgate.errors import ForbiddenError
from tollgate.models.approval import Approval, Source
from tollgate.models.call import CallState
from tollgate.models.principal import Principal
from tollgate.slack.client import SlackError
from tollgate.slack.user_groups import TTL_SECONDS, UserGroups

from local.loopback import LoopbackHandler, LoopbackServer
from local.slack_standin.outage import Outage
from tests.integration.api_functions import Functions, deployed
from tests.integration.gate_world import (
    ADA,
    ARGUMENTS,
    BEN,
    BOT_TOKEN,
    EVE,
    LEA,
    REQUESTER,
    STRANGER,
    Stage,
    stage,
)
from tests.integration.moto_probe import probe

__all__ = ["probe", "stage"]

Say = Callable[[Approval, Principal], str]
"""Says yes and returns what the person was told, empty for nothing to complain about."""
SLACK_IDS = {"ada": "U0ADA", "ben": "U0BEN", "eve": "U0EVE", "lea": "U0LEA", "rob": "U0ROB", "sue": "U0SUE"}
ROUTE = "/v1/slack/interactions"
MUCH = ARGUMENTS | {"amount": 10_000.01}


@pytest.fixture(scope="module")
def api(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """The deployed functions behind an HTTP front that the stand-in posts to."""
    with pytest.MonkeyPatch.context() as patch, deployed(stage.world, tmp_path_factory.mktemp("layer"), patch) as found:

        class Front(LoopbackHandler):
            def do_POST(self) -> None:  # noqa: N802 - http.server calls it so
                body, headers = self.read_body().decode(), {name.lower(): value for name, value in self.headers.items()}
                answer = found.send("POST", self.path, body, who=None, headers=headers)
                self.answer(answer.status, json.dumps(answer.body).encode())

        front = LoopbackServer(Front)
        front.start()
        stage.interactions_url = front.url + ROUTE
        yield found
        front.stop()


@pytest.fixture(params=["api", "slack"])
def say(request: pytest.FixtureRequest, stage: Stage, api: Functions) -> Say:
    """A yes through one of the two doors."""

    def through_the_api(approval: Approval, who: Principal) -> str:
        body = {"decision": "approve", "fingerprint": approval.fingerprint}
        answer = api.send("POST", f"/v1/approvals/{approval.approval_id}/decision", body, who=who)
        return "" if answer.status == 200 else str(answer.body["detail"])

    def through_slack(approval: Approval, who: Principal) -> str:
        outcome = stage.standin.click(approval.approval_id, "approve", user=SLACK_IDS[who.id])
        return " ".join(outcome.notices)

    return through_the_api if request.param == "api" else through_slack


@pytest.fixture
def group(stage: Stage, api: Functions) -> Iterator[list[str]]:
    """The members of the Slack user group S0AUDIT, which the test may change; no process remembers earlier ones."""
    stage.standin.usergroups["S0AUDIT"] = members = ["U0EVE", "U0SUE", "U0NOBODY"]
    api.forget("gate")
    yield members
    del stage.standin.usergroups["S0AUDIT"]


def asked(stage: Stage, agent: str = "payer", **changes: Any) -> Approval:
    """An approval with its card."""
    return stage.world.request(stage.world.asked(execution=stage.world.execution(agent), **changes))


def state(stage: Stage, approval: Approval) -> CallState:
    return stage.world.call(approval).state


def test_over_ten_thousand_two_of_finance_must_agree(stage: Stage, say: Say) -> None:
    """Above the bound: one of finance is not enough, the same one again is one, a lead is nobody, two are enough."""
    approval = asked(stage, arguments=MUCH)
    assert say(approval, ADA) == ""
    assert say(approval, ADA) in (
        "",
        "ada approved this before; 1 other person must agree",
    )  # Slack's card is no answer
    assert "none of the approvers: role:finance" in say(approval, LEA)
    assert state(stage, approval) == CallState.ASKED
    assert say(approval, BEN) == ""
    assert state(stage, approval) == CallState.APPROVED


def test_at_ten_thousand_one_of_finance_is_enough(stage: Stage, say: Say) -> None:
    """The bound itself is not above the bound."""
    approval = asked(stage, arguments=ARGUMENTS | {"amount": 10_000})
    assert say(approval, BEN) == ""
    assert state(stage, approval) == CallState.APPROVED


def test_the_requester_decides_only_where_the_agent_says_so(stage: Stage, say: Say) -> None:
    """Asking and answering are two people, unless the definition says otherwise."""
    refused, allowed = asked(stage), asked(stage, "trusting_payer")
    assert "requester_may_approve: true" in say(refused, REQUESTER)
    assert state(stage, refused) == CallState.ASKED
    assert say(allowed, REQUESTER) == ""
    assert state(stage, allowed) == CallState.APPROVED


def test_a_quorum_may_use_both_doors(stage: Stage, api: Functions) -> None:
    """One person through the API and one through Slack are two; one person through both is one."""
    approval = asked(stage, arguments=MUCH)
    body = {"decision": "approve", "fingerprint": approval.fingerprint}
    stage.standin.click(approval.approval_id, "approve", user="U0ADA")
    path = f"/v1/approvals/{approval.approval_id}/decision"
    assert api.send("POST", path, body, who=ADA).body["status"] == "pending"
    assert api.send("POST", path, body, who=BEN).body["status"] == "approved"


def test_members_of_a_group_decide_whichever_door_they_take(stage: Stage, say: Say, group: list[str]) -> None:
    """Slack says who is in the group; the table says who they are, and whose tenant's."""
    approval = asked(stage, "audited_payer")
    assert "none of the approvers: slack_group:S0AUDIT" in say(approval, ADA)
    assert "there is no approval" in say(approval, STRANGER), "a member of another tenant"
    assert say(approval, EVE) == ""
    assert state(stage, approval) == CallState.APPROVED


def test_who_leaves_a_group_decides_no_more_after_five_minutes(stage: Stage, group: list[str]) -> None:
    """What Slack said is kept so long and not longer, counted from the question."""
    assert TTL_SECONDS == 300, "the documents promise five minutes"
    world = stage.world
    groups = UserGroups(world.slack, world.clock)
    assert groups.is_member("S0AUDIT", ["U0EVE"])
    group.remove("U0EVE")
    group.append("U0ADA")
    with world.later(TTL_SECONDS - 5):
        assert groups.is_member("S0AUDIT", ["U0EVE"])
    with world.later(TTL_SECONDS + 1):
        assert not groups.is_member("S0AUDIT", ["U0EVE"])
        assert groups.is_member("S0AUDIT", ["U0ADA"])


def test_a_group_is_asked_for_once_in_five_minutes(stage: Stage, group: list[str]) -> None:
    """Slack allows some twenty look-ups a minute: a busy gate does not need them."""
    groups = UserGroups(stage.world.slack, stage.world.clock)
    assert groups.is_member("S0AUDIT", ["U0EVE"])
    stage.standin.outages.plan("usergroups.users.list", Outage(500))
    assert groups.is_member("S0AUDIT", ["U0EVE"])
    assert groups.is_member("S0AUDIT", ["U0SUE"])
    assert stage.standin.outages.take("usergroups.users.list") is not None, "nobody asked again"


@pytest.mark.parametrize(
    "outage",
    [
        Outage(500),
        Outage(429, headers={"Retry-After": "30"}),
        Outage(200, b'{"ok": false, "error": "missing_scope"}'),
        Outage(200, b"<html>"),
        Outage(200, b'{"ok": true}'),
        Outage(200, b'{"ok": true, "users": null}'),
    ],
)
def test_a_group_that_cannot_be_looked_up_lets_nobody_in(
    stage: Stage, say: Say, group: list[str], outage: Outage
) -> None:
    """Not even its members, and not by what was known before the five minutes were over; a moment later it may."""
    approval = asked(stage, "audited_payer")
    stage.standin.outages.plan("usergroups.users.list", outage)
    told = say(approval, EVE)
    assert "usergroups.users.list" in told
    assert state(stage, approval) == CallState.ASKED
    assert stage.world.audit(approval)[-1] == ("refused", "eve", "SlackError")
    assert say(approval, EVE) == ""
    assert state(stage, approval) == CallState.APPROVED


def test_what_was_known_too_long_ago_is_not_used_when_slack_is_away(stage: Stage, group: list[str]) -> None:
    """A stale yes is no yes."""
    groups = UserGroups(stage.world.slack, stage.world.clock)
    assert groups.is_member("S0AUDIT", ["U0EVE"])
    stage.standin.outages.plan("usergroups.users.list", Outage(500))
    with stage.world.later(TTL_SECONDS + 1), pytest.raises(SlackError):
        groups.is_member("S0AUDIT", ["U0EVE"])


def test_a_group_that_is_gone_lets_nobody_in(stage: Stage) -> None:
    """Disabled or deleted: Slack knows no such group."""
    with pytest.raises(SlackError, match="no_such_subteam"):
        UserGroups(stage.world.slack, stage.world.clock).is_member("S0GONE", ["U0EVE"])


def test_the_stand_in_reads_groups_as_slack_does(stage: Stage, group: list[str]) -> None:
    """Judged by Slack's own SDK; a body of JSON, which Slack ignores for this method, names no group."""
    client = WebClient(token=BOT_TOKEN, base_url=stage.standin.api_url)
    assert client.usergroups_users_list(usergroup="S0AUDIT")["users"] == group
    ours = stage.world.slack.client(patient=True)
    assert ours is not None
    assert ours.user_group("S0AUDIT") == group
    with pytest.raises(SlackError, match="no_such_subteam"):
        ours._call("usergroups.users.list", {"usergroup": "S0AUDIT"})


def test_a_slack_administrator_cannot_make_somebody_else_decide(stage: Stage, group: list[str]) -> None:
    """Whoever is put into the group decides as the person of the table, or not at all."""
    group[:] = ["U0INTRUDER", "U0SUE"]
    deciders = Deciders(stage.world.registry, UserGroups(stage.world.slack, stage.world.clock).is_member)
    with pytest.raises(ForbiddenError, match="not in this deployment's table"):
        deciders.of_slack_user("U0INTRUDER", "acme", Source(door="slack"))
    assert deciders.of_slack_user("U0SUE", "acme", Source(door="slack")).principal == STRANGER


def test_the_audit_says_who_what_when_and_from_where(stage: Stage, api: Functions) -> None:
    """Each word that counted and each that did not, with the fingerprint that the person named and their door."""
    approval = asked(stage, arguments=MUCH)
    stage.standin.click(approval.approval_id, "approve", user="U0ADA")
    stage.standin.click(approval.approval_id, "edit", user="U0EVE")
    stage.standin.click(approval.approval_id, "approve", user="U0STRANGE")
    path = f"/v1/approvals/{approval.approval_id}/decision"
    api.send("POST", path, {"decision": "approve", "fingerprint": "sha256:other"}, who=BEN)
    edited = ARGUMENTS | {"amount": 7}
    body = {"decision": "edit", "fingerprint": approval.fingerprint, "arguments": edited, "reason": "a typo"}
    assert api.send("POST", path, body, who=BEN, headers={"user-agent": "tollgate-cli/1.0"}).status == 200
    lines = api.send("GET", f"/v1/approvals/{approval.approval_id}/audit").body["items"]
    told = [(line["kind"], line.get("by"), line.get("decision"), line["outcome"]) for line in lines]
    assert told == [
        ("requested", None, None, "pending"),
        ("decided", "ada", "approve", "pending"),
        ("refused", "eve", "edit", "ForbiddenError"),
        ("refused", None, "approve", "ForbiddenError"),
        ("refused", "ben", "approve", "StaleFingerprintError"),
        ("decided", "ben", "edit", "edited"),
    ]
    assert [line["fingerprint"] for line in lines] == [approval.fingerprint] * 4 + [
        "sha256:other",
        approval.fingerprint,
    ]
    doors = [(line["source"]["door"], line["source"].get("slack_user")) for line in lines]
    assert doors == [
        ("machine", None),
        ("slack", "U0ADA"),
        ("slack", "U0EVE"),
        ("slack", "U0STRANGE"),
        ("api", None),
        ("cli", None),
    ]
    assert lines[1]["source"]["slack_team"] == "T0LOCAL"
    assert lines[4]["source"]["address"] == "192.0.2.1"
    assert lines[5]["arguments_digest"].startswith("sha256:")
    assert lines[5]["reason"] == "a typo"
    times = [line["at"] for line in lines]
    assert times == sorted(times)


def test_the_audit_of_a_tenant_is_paged_and_its_own(stage: Stage, api: Functions) -> None:
    """Newest first, from an instant on, and nothing of another tenant."""
    before = stage.world.clock.now()
    approvals = [asked(stage) for _ in range(3)]
    since = f"/v1/audit?since={iso(before)}"
    found, cursor = [], ""
    while cursor is not None:
        page = api.send("GET", f"{since}&limit=2{cursor and f'&cursor={cursor}'}").body
        found += page["items"]
        cursor = page["cursor"]
    assert [line["approval_id"] for line in found] == [one.approval_id for one in reversed(approvals)]
    assert api.send("GET", "/v1/audit", who=STRANGER).body["items"] == []
    assert api.send("GET", f"/v1/approvals/{approvals[0].approval_id}/audit", who=STRANGER).status == 404
    for wrong in ("yesterday", "2026-11-22", "2026-11-22T20:00:00"):
        answer = api.send("GET", f"/v1/audit?since={wrong}")
        assert (answer.status, "2026-11-22T20:00:00Z" in answer.body["detail"]) == (422, True)
