"""Decisions, approvals and budgets through the API's own functions, with a real machine waiting at the gate."""

import json
import traceback
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from botocore.exceptions import ClientError
from tollgate.approvals import wake
from tollgate.errors import UnreachableError
from tollgate.models.approval import Approval
from tollgate.models.call import CallState
from tollgate.models.principal import Principal
from tollgate.slack.announcement import post_card
from tollgate.tasks import request_approval

from tests.integration.api_functions import Answer, Functions, deployed, schema_of
from tests.integration.gate_machine import gate_machine, until, wait_at_gate
from tests.integration.gate_world import ADA, ARGUMENTS, BEN, EVE, REQUESTER, ROBOT, STRANGER, Stage, stage
from tests.integration.moto_probe import probe

__all__ = ["gate_machine", "probe", "stage"]


@pytest.fixture(scope="module")
def api(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """The deployed functions."""
    with pytest.MonkeyPatch.context() as patch, deployed(stage.world, tmp_path_factory.mktemp("layer"), patch) as found:
        yield found


def decide(api: Functions, approval: Approval, who: Principal = ADA, decision: str = "approve", **more: Any) -> Answer:
    body = {"decision": decision, "fingerprint": approval.fingerprint} | more
    return api.send("POST", f"/v1/approvals/{approval.approval_id}/decision", body, who=who)


def fits(name: str, body: Any) -> bool:
    return jsonschema_rs.Draft202012Validator(schema_of(name)).is_valid(body)


def is_problem(answer: Answer, status: int) -> bool:
    assert (answer.status, answer.body.get("status")) == (status, status), answer
    return answer.headers["Content-Type"] == "application/problem+json" and fits("Problem", answer.body)


def test_an_approval_wakes_the_waiting_machine(stage: Stage, api: Functions, gate_machine: str) -> None:
    """Decision, ledger, machine and card agree, and the token is in none of what people see."""
    arn, approval = wait_at_gate(stage, gate_machine, stage.world.asked())
    token = stage.world.stores.gates.token(approval.approval_id)
    answer = decide(api, approval)
    assert (answer.status, answer.body["status"]) == (200, "approved")
    assert fits("Approval", answer.body)
    assert stage.probe.ended(arn)["status"] == "SUCCEEDED"
    assert stage.world.call(approval).state == CallState.APPROVED
    card = stage.standin.messages()[-1]
    assert card.edited == 1
    assert "Approved by ada" in json.dumps(card.blocks)
    shown = json.dumps([answer.body, [message.blocks for message in stage.standin.messages()]])
    journal = [record.model_dump_json() for record in stage.world.stores.journal.of_execution(approval.execution_id)]
    assert token
    assert token not in shown + "".join(journal)


def test_a_decision_before_the_gate_opens_leaves_nobody_waiting(
    stage: Stage, api: Functions, gate_machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody decides between the card and the last look: the task says so and the machine goes on."""

    def post_and_decide(stores: Any, slack: Any, settings: Any, approval: Approval) -> None:
        post_card(stores, slack, settings, approval)
        with monkeypatch.context() as patch:
            patch.setattr("tollgate.approvals.follow_up.wake", lambda *_: False)
            decide(api, approval)

    with monkeypatch.context() as patch:
        patch.setattr(request_approval, "post_card", post_and_decide)
        arn, approval = wait_at_gate(stage, gate_machine, stage.world.asked())
        assert stage.probe.ended(arn)["status"] == "SUCCEEDED"
    assert stage.world.call(approval).state == CallState.APPROVED


def test_an_undecided_approval_expires_and_fails_closed(stage: Stage, api: Functions, gate_machine: str) -> None:
    """After the time the call is EXPIRED, the card says so, and a late yes changes nothing."""
    arn, approval = wait_at_gate(stage, gate_machine, stage.world.asked(seconds=1), seconds=1)
    assert stage.probe.ended(arn)["status"] == "SUCCEEDED"
    assert stage.world.call(approval).state == CallState.EXPIRED
    assert "Expired" in stage.standin.messages()[-1].text
    assert [body["error"] for body in stage.world.records(approval, "approval_expired")] == ["States.Timeout"]
    answer = decide(api, approval)
    assert is_problem(answer, 409)
    assert "expired" in answer.body["detail"]


def test_silence_escalates_once_and_others_decide(stage: Stage, api: Functions, gate_machine: str) -> None:
    """The second card goes to the leads' channel, the first loses its buttons, and a lead decides."""
    call = stage.world.asked(execution=stage.world.execution("escalating_payer"))
    arn, approval = wait_at_gate(stage, gate_machine, call, seconds=1)
    until(lambda: stage.world.records(approval, "approval_escalated"))
    first, second = stage.standin.messages()[-2:]
    assert second.channel_name == "finance-leads"
    assert "Escalated" in first.text
    assert not [block for block in first.blocks if block["type"] == "actions"]
    lead = Principal(id="lea", tenant="acme", kind="person", claims={"roles": ["finance_lead"]})
    assert decide(api, approval, lead).status == 200
    assert stage.probe.ended(arn)["status"] == "SUCCEEDED"
    assert stage.world.call(approval).state == CallState.APPROVED


def test_a_retried_request_asks_once(stage: Stage) -> None:
    """Approval, journal and card exist once; the latest token is the one that is kept."""
    before = len(stage.standin.messages())
    call = stage.world.asked()
    first, second = stage.world.request(call, "token-1"), stage.world.request(call, "token-2")
    assert first == second
    assert len(stage.standin.messages()) == before + 1
    assert stage.world.stores.gates.token(first.approval_id) == "token-2"
    assert len(stage.world.records(call, "approval_requested")) == 1


def test_a_machine_that_waits_no_more_keeps_the_decision(stage: Stage, api: Functions) -> None:
    """Step Functions knows no such token: the decision stands, and the answer is the approval."""
    approval = stage.world.request(stage.world.asked(), "AQ-not-a-token")
    answer = decide(api, approval)
    assert (answer.status, answer.body["delivery"]) == (200, "nobody_waits")
    assert "had stopped waiting" in json.dumps(stage.standin.messages()[-1].blocks)
    assert stage.world.call(approval).state == CallState.APPROVED


def test_a_wake_up_that_fails_leaves_a_decision_that_is_told_later(
    stage: Stage, api: Functions, gate_machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision stands and card and answer say what is missing, without the token; a repeated post wakes it too."""
    arn, approval = wait_at_gate(stage, gate_machine, stage.world.asked())
    token = stage.world.stores.gates.token(approval.approval_id)
    assert token
    failure = ClientError({"Error": {"Code": "ThrottlingException", "Message": f"for {token}"}}, "SendTaskSuccess")
    with monkeypatch.context() as patch:
        patch.setattr(wake._client(), "send_task_success", lambda **_: (_ for _ in ()).throw(failure))
        answer = decide(api, approval)
        with pytest.raises(UnreachableError) as raised:
            wake.wake(stage.world.stores, approval.approval_id)
    assert raised.value.__cause__ is None
    assert token not in "".join(traceback.format_exception(raised.value))
    assert (answer.status, answer.body["status"], answer.body["delivery"]) == (200, "approved", "pending")
    assert token not in json.dumps(answer.body)
    assert "told again every minute" in json.dumps(stage.standin.messages()[-1].blocks)
    assert stage.world.call(approval).state == CallState.APPROVED
    assert decide(api, approval).body["delivery"] == "delivered"
    assert stage.probe.ended(arn)["status"] == "SUCCEEDED"
    assert "told again" not in json.dumps(stage.standin.messages()[-1].blocks)
    assert len(stage.world.records(approval, "approval_decided")) == 1


@pytest.mark.parametrize(
    ("who", "body", "status", "said"),
    [
        (EVE, {}, 403, "none of the approvers"),
        (REQUESTER, {}, 403, "requester_may_approve"),
        (ROBOT, {}, 403, "service"),
        (STRANGER, {}, 404, "no approval"),
        (ADA, {"fingerprint": "sha256:0"}, 409, "look at it again"),
        (ADA, {"decision": "maybe"}, 422, "form of this request"),
        (ADA, {"principal": {"id": "root"}}, 422, "form of this request"),
        (ADA, {"decision": "edit", "arguments": {"amount": "much"}}, 422, "schema of post_invoice"),
    ],
)
def test_a_refused_decision_is_a_problem(
    stage: Stage, api: Functions, who: Principal, body: dict[str, Any], status: int, said: str
) -> None:
    """Who may not, what is stale and what is wrong each have their status, and the call still waits."""
    approval = stage.world.open()
    answer = decide(api, approval, who, **({"decision": "approve"} | body))
    assert is_problem(answer, status)
    assert said in answer.body["detail"]
    assert stage.world.call(approval).state == CallState.ASKED


def test_a_later_word_is_409_and_names_who_decided(stage: Stage, api: Functions) -> None:
    """The second person reads who was first."""
    approval = stage.world.open()
    decide(api, approval, BEN, "reject", reason="no order")
    answer = decide(api, approval)
    assert is_problem(answer, 409)
    assert "rejected by ben" in answer.body["detail"]


def test_approvals_are_listed_by_tenant_status_and_execution(stage: Stage, api: Functions) -> None:
    """Only one's own, newest first, and each as the contract says."""
    execution = stage.world.execution()
    first = stage.world.open(execution=execution, step=1)
    second = stage.world.open(execution=execution, step=2)
    decide(api, first)
    page = api.send("GET", f"/v1/approvals?execution={execution.execution_id}").body
    assert fits("ApprovalPage", page)
    assert [item["approval_id"] for item in page["items"]] == [second.approval_id, first.approval_id]
    pending = api.send("GET", f"/v1/approvals?execution={execution.execution_id}&status=pending").body
    assert [item["approval_id"] for item in pending["items"]] == [second.approval_id]
    assert api.send("GET", "/v1/approvals?limit=1").body["items"][0]["approval_id"] == second.approval_id
    assert api.send("GET", "/v1/approvals", who=STRANGER).body["items"] == []
    theirs = api.send("GET", f"/v1/approvals?execution={execution.execution_id}", who=STRANGER)
    assert theirs.body["items"] == []
    assert is_problem(api.send("GET", "/v1/approvals?status=open"), 422)


def test_one_approval_is_shown_whole_to_its_tenant(stage: Stage, api: Functions) -> None:
    """Arguments, origins, reasons, fingerprint; nothing to others."""
    approval = stage.world.open()
    shown = api.send("GET", f"/v1/approvals/{approval.approval_id}").body
    assert fits("Approval", shown)
    assert (shown["arguments"], shown["fingerprint"]) == (ARGUMENTS, approval.fingerprint)
    assert is_problem(api.send("GET", f"/v1/approvals/{approval.approval_id}", who=STRANGER), 404)


def test_budgets_are_read_by_all_and_set_by_admins(stage: Stage, api: Functions) -> None:
    """Raising moves what is available by the difference."""
    scope = f"/v1/budgets/execution:{stage.world.execution(principal=STRANGER).execution_id}"
    before = api.send("GET", scope, who=STRANGER).body
    assert fits("Budget", before)
    after = api.send("PUT", scope, {"tokens": 5000, "usd": 2.5}, who=STRANGER)
    assert after.body["limits"] == {**before["limits"], "tokens": 5000, "usd": 2.5}
    assert after.body["available"]["tokens"] == before["available"]["tokens"] + 4000
    assert is_problem(api.send("GET", scope), 404)
    mine = f"/v1/budgets/execution%3A{stage.world.execution().execution_id}"
    assert api.send("GET", mine).status == 200
    refused = api.send("PUT", mine, {"tokens": 5000})
    assert is_problem(refused, 403)
    assert "roles: admin" in refused.body["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tokens": 0},
        {"tokens": -5},
        {"tokens": 1.5},
        {"tokens": True},
        {"usd": -1},
        {"usd": 0},
        {"usd": 10**7},
        {"eur": 5},
        {"tokens": 99},
    ],
)
def test_a_budget_out_of_bounds_is_422(stage: Stage, api: Functions, body: dict[str, Any]) -> None:
    """Nothing negative, nothing below what is spent and held, nothing unknown."""
    execution_id = stage.world.execution(principal=STRANGER).execution_id
    assert stage.world.stores.executions.reservations.hold(execution_id, "r-1", tokens=100, microusd=1, step=1)
    answer = api.send("PUT", f"/v1/budgets/execution:{execution_id}", body, who=STRANGER)
    assert is_problem(answer, 422)


def test_a_scope_of_no_kind_is_refused_not_ignored(api: Functions) -> None:
    """A budget that nobody enforces must not look set."""
    answer = api.send("PUT", "/v1/budgets/x", {"tokens": 1}, who=STRANGER)
    assert is_problem(answer, 422)
    assert "execution:<execution id>" in json.dumps(answer.body)


def test_the_openapi_document_is_served(api: Functions) -> None:
    """As JSON, to mapped callers."""
    answer = api.send("GET", "/v1/openapi.json")
    assert (answer.status, answer.body["openapi"]) == (200, "3.1.0")
