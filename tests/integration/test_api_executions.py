"""The execution routes: start once per key, read, list, trace, stop, redrive, and every refusal as a problem."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from botocore.exceptions import ClientError
from tollgate.api import machine
from tollgate.api.executions import Executions
from tollgate.api.problem import NotPossibleError
from tollgate.api.routes import ROUTES
from tollgate.models.principal import Principal

from tests.integration.api_functions import Answer, Functions, deployed, schema_of
from tests.integration.gate_world import ADA, REQUESTER, STRANGER, Stage, stage
from tests.integration.moto_probe import probe

__all__ = ["probe", "stage"]

BODY = {"agent": "payer", "input": {"task": "pay the March invoice"}}


@pytest.fixture(scope="module")
def api(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """The deployed functions."""
    with pytest.MonkeyPatch.context() as patch, deployed(stage.world, tmp_path_factory.mktemp("layer"), patch) as found:
        yield found


def start(api: Functions, body: Any = None, key: str | None = None, who: Principal = REQUESTER) -> Answer:
    headers = {} if key is None else {"idempotency-key": key}
    return api.send("POST", "/v1/executions", BODY if body is None else body, who=who, headers=headers)


def started(api: Functions) -> str:
    """The id of a new execution."""
    answer = start(api)
    assert answer.status == 202, answer.body
    return str(answer.body["execution_id"])


def fits(name: str, body: Any) -> bool:
    """Whether the answer is what the OpenAPI document says."""
    return jsonschema_rs.Draft202012Validator(schema_of(name)).is_valid(body)


def is_problem(answer: Answer, status: int) -> bool:
    """Whether the answer is a problem document of this status."""
    assert (answer.status, answer.body.get("status")) == (status, status), answer
    return answer.headers["Content-Type"] == "application/problem+json" and fits("Problem", answer.body)


def test_start_answers_202_and_starts_the_machine(stage: Stage, api: Functions) -> None:
    """Location, Retry-After and the id; the machine runs under that id with nothing but it as input."""
    answer = start(api)
    execution_id = answer.body["execution_id"]
    assert answer.status == 202
    assert fits("StartedExecution", answer.body)
    assert answer.headers["Location"] == f"/v1/executions/{execution_id}"
    assert answer.headers["Retry-After"] == "1"
    described = stage.probe.describe(
        machine.Machine(stage.world.stores.settings.state_machine_arn).execution_arn(execution_id)
    )
    assert (described["status"], json.loads(described["input"])) == ("RUNNING", {"run_id": execution_id})


def test_the_same_key_and_body_is_the_same_execution(api: Functions) -> None:
    """Key order and white space make no other body."""
    first, again = (
        start(api, key="k-1"),
        start(api, '{"input": {"task": "pay the March invoice"},\n "agent": "payer"}', "k-1"),
    )
    assert first.body == again.body


def test_the_same_key_with_another_body_is_422(api: Functions) -> None:
    """A key stands for one request."""
    start(api, key="k-2")
    answer = start(api, {"agent": "payer", "input": {"task": "another"}}, "k-2")
    assert is_problem(answer, 422)
    assert answer.body["violations"][0]["pointer"] == "/Idempotency-Key"


def test_a_key_belongs_to_its_principal(api: Functions) -> None:
    """Two callers may use the same key for different things."""
    mine, theirs = start(api, key="k-3"), start(api, {"agent": "payer", "input": {"task": "x"}}, "k-3", who=ADA)
    assert (mine.status, theirs.status) == (202, 202)
    assert mine.body["execution_id"] != theirs.body["execution_id"]


def test_the_same_key_at_the_same_time_is_one_execution(api: Functions) -> None:
    """Sixteen at once get one id."""
    found: list[str] = []
    ready = threading.Barrier(16)

    def send() -> None:
        ready.wait()
        found.append(start(api, key="k-4").body["execution_id"])

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (16, 1)


def test_a_crash_between_record_and_start_is_mended_by_the_same_key(
    stage: Stage, api: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is there, the machine is not; the same request starts it."""
    with monkeypatch.context() as patch:
        patch.setattr(machine.Machine, "start", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            start(api, key="k-5")
    answer = start(api, key="k-5")
    arn = machine.Machine(stage.world.stores.settings.state_machine_arn).execution_arn(answer.body["execution_id"])
    assert stage.probe.describe(arn)["status"] == "RUNNING"


def test_step_functions_out_of_reach_is_503_and_repeatable(api: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller is told to send the same request again."""
    failure = ClientError({"Error": {"Code": "ThrottlingException"}}, "StartExecution")
    with monkeypatch.context() as patch:
        patch.setattr(machine._client(), "start_execution", lambda **_: (_ for _ in ()).throw(failure))
        answer = start(api, key="k-6")
    assert is_problem(answer, 503)
    assert answer.headers["Retry-After"] == "5"
    assert start(api, key="k-6").status == 202


def test_an_unknown_agent_is_404_with_the_known_ones(api: Functions) -> None:
    """The caller reads what there is."""
    answer = start(api, {"agent": "player", "input": {}})
    assert is_problem(answer, 404)
    assert "payer" in answer.body["detail"]


def test_a_workflow_is_404_for_now_and_always_in_words(api: Functions) -> None:
    """Workflows are not deployed, and the answer says so."""
    answer = start(api, {"workflow": "monthly", "input": {}})
    assert is_problem(answer, 404)
    assert "workflows are not deployed" in answer.body["detail"]


def test_a_bad_input_is_422_with_every_violation_and_a_record(stage: Stage, api: Functions) -> None:
    """Nothing is started, and the record says why."""
    answer = start(api, {"agent": "payer", "input": {"tasks": "pay"}}, "k-7")
    assert is_problem(answer, 422)
    assert len(answer.body["violations"]) == 2
    assert all(violation["pointer"].startswith("/input") for violation in answer.body["violations"])
    record = api.send("GET", f"/v1/executions/{answer.body['execution_id']}", who=REQUESTER)
    assert (record.body["status"], record.body["outcome"], record.body["reason"]) == (
        "FAILED",
        "rejected",
        "input_schema",
    )
    assert "did you mean `task`" in record.body["summary"]
    again = start(api, {"agent": "payer", "input": {"tasks": "pay"}}, "k-7")
    assert again.body == answer.body
    trace = api.send("GET", f"/v1/executions/{answer.body['execution_id']}/trace", who=REQUESTER)
    assert [item["kind"] for item in trace.body["items"]] == ["admission"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("{", 400, "not JSON"),
        ('{"agent": "payer", "agent": "payer", "input": {}}', 400, "twice"),
        ('{"agent": "payer", "input": {"n": NaN}}', 400, "NaN"),
        ('{"agent": "payer", "input": {"n": 9007199254740993}}', 400, "2^53"),
        ('{"agent": "payer", "input": {"n": 1e999}}', 400, "too large"),
        ('{"agent": "payer", "input": {"n": "\\ud800"}}', 400, "surrogate"),
        ('{"agent": "payer", "input": ' + "[" * 40 + "]" * 40 + "}", 400, "deeper"),
        ("[]", 422, "object"),
        ({"agnet": "payer", "input": {}}, 422, "form of this request"),
        ({"agent": "payer"}, 422, "form of this request"),
        ({"agent": 5, "input": {}}, 422, "form of this request"),
        ({"agent": "payer", "workflow": "w", "input": {}}, 422, "either an agent or a workflow"),
        ('{"agent": "payer", "input": {"task": "' + "x" * 1_000_000 + '"}}', 413, "1,000,000 bytes"),
    ],
)
def test_a_bad_body_is_refused_in_words(api: Functions, body: Any, status: int, said: str) -> None:
    """Each kind of bad body has its status, and the detail says what was wrong."""
    answer = start(api, body)
    assert is_problem(answer, status)
    assert said in answer.body["detail"]


def test_an_unknown_field_gets_a_suggestion(api: Functions) -> None:
    """The nearest known field is named at the place of the unknown one."""
    answer = start(api, {"agnet": "payer", "input": {}})
    assert {"pointer": "/agnet", "message": "unknown field 'agnet'; did you mean `agent`?"} in answer.body["violations"]


@pytest.mark.parametrize("key", ["x" * 256, "a\nb", ""])
def test_a_bad_key_is_422(api: Functions, key: str) -> None:
    """Too long, unprintable, or empty."""
    assert is_problem(start(api, key=key), 422)


def test_a_body_in_base64_is_a_body(api: Functions) -> None:
    """API Gateway encodes what it takes for binary."""
    assert api.send("POST", "/v1/executions", BODY, base64_encoded=True).status == 202


def test_get_shows_the_whole_execution(api: Functions) -> None:
    """Every field of the contract, under the names of the limits."""
    body = api.send("GET", f"/v1/executions/{started(api)}").body
    assert fits("Execution", body)
    assert (body["status"], body["outcome"], body["pending_approvals"]) == ("RUNNING", None, [])
    assert body["limits"] == {"tokens": 1000, "usd": 1.0, "steps": 5, "active_seconds": 600, "deadline_seconds": 86_400}
    assert body["principal"] == {"id": "rob", "tenant": "acme", "kind": "person"}


def test_get_names_the_approvals_that_wait(stage: Stage, api: Functions) -> None:
    """Open ones only."""
    execution = stage.world.execution()
    stage.world.stores.executions.count(execution.execution_id, once="x", approvals=1)
    approval = stage.world.open(execution=execution)
    target = f"/v1/executions/{execution.execution_id}"
    assert api.send("GET", target).body["pending_approvals"] == [approval.approval_id]
    stage.world.stores.approvals.close(approval.approval_id, "expired")
    assert api.send("GET", target).body["pending_approvals"] == []


def test_list_tells_who_waits_for_a_person(stage: Stage, api: Functions) -> None:
    """By the clock of active time, which stands from the question until the machine has taken up its answer."""
    executions = stage.world.stores.executions
    new, asking = stage.world.execution(), stage.world.execution()
    executions.admitted(asking.execution_id, input={}, untrusted=False)

    def waiting() -> list[bool]:
        listed = api.send("GET", "/v1/executions?limit=2").body
        assert fits("ExecutionPage", listed)
        shown = {item["execution_id"]: item["waiting"] for item in listed["items"]}
        one = api.send("GET", f"/v1/executions/{asking.execution_id}").body
        assert one["waiting"] == shown[asking.execution_id]
        return [shown[new.execution_id], shown[asking.execution_id]]

    assert waiting() == [False, False]
    executions.count(asking.execution_id, once="x", approvals=1)
    executions.pause_clock(executions.get(asking.execution_id))
    assert waiting() == [False, True]
    executions.resume_clock(asking.execution_id)
    assert waiting() == [False, False]
    executions.close(asking.execution_id, "ABORTED", ended_at=stage.world.clock.now())
    assert waiting() == [False, False]


def test_get_settles_what_the_machine_ended_unseen(stage: Stage, api: Functions) -> None:
    """Somebody aborted the execution in the console; the next reader brings the record in line."""
    execution_id = started(api)
    arn = machine.Machine(stage.world.stores.settings.state_machine_arn).execution_arn(execution_id)
    stage.probe.sfn.stop_execution(executionArn=arn)
    stage.probe.ended(arn)
    body = api.send("GET", f"/v1/executions/{execution_id}").body
    assert (body["status"], body["outcome"]) == ("ABORTED", "stopped")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/trace"), ("POST", "/stop"), ("POST", "/redrive")],
)
def test_another_tenants_execution_is_unknown(api: Functions, method: str, path: str) -> None:
    """As unknown as one that never was."""
    execution_id = started(api)
    theirs = api.send(method, f"/v1/executions/{execution_id}{path}", who=STRANGER)
    never = api.send(method, f"/v1/executions/exe-{'0' * 32}{path}")
    assert is_problem(theirs, 404)
    assert is_problem(never, 404)


def test_stop_ends_machine_and_record_and_closes_the_gate(stage: Stage, api: Functions) -> None:
    """Status, outcome and gate are right when the answer comes; stopping again is harmless."""
    execution_id = started(api)
    execution = stage.world.stores.executions.get(execution_id)
    stage.world.stores.executions.count(execution_id, once="x", approvals=1)
    approval = stage.world.open(execution=execution)
    answer = api.send("POST", f"/v1/executions/{execution_id}/stop")
    assert (answer.status, answer.body["status"], answer.body["outcome"]) == (202, "ABORTED", "stopped")
    assert answer.body["pending_approvals"] == []
    assert stage.world.stores.approvals.get(approval.approval_id).status == "revoked"
    assert api.send("POST", f"/v1/executions/{execution_id}/stop").status == 202


def test_stopping_what_has_ended_by_itself_is_409(stage: Stage, api: Functions) -> None:
    """There is nothing to stop, and the answer says how it ended."""
    execution = stage.world.execution()
    stage.world.stores.executions.close(execution.execution_id, "SUCCEEDED", ended_at=stage.world.clock.now())
    answer = api.send("POST", f"/v1/executions/{execution.execution_id}/stop")
    assert is_problem(answer, 409)
    assert "SUCCEEDED" in answer.body["detail"]


def test_redrive_of_a_stopped_execution_runs_again(stage: Stage, api: Functions) -> None:
    """202, and the record runs again."""
    execution_id = started(api)
    api.send("POST", f"/v1/executions/{execution_id}/stop")
    answer = api.send("POST", f"/v1/executions/{execution_id}/redrive")
    assert (answer.status, answer.body["status"], answer.body["outcome"]) == (202, "RUNNING", None)
    kinds = [item["kind"] for item in api.send("GET", f"/v1/executions/{execution_id}/trace").body["items"]]
    assert kinds == ["stop", "redrive"]


def test_redrive_says_why_not(stage: Stage, api: Functions) -> None:
    """Running, rejected, or never known to Step Functions."""
    running = started(api)
    rejected = start(api, {"agent": "payer", "input": {}}).body["execution_id"]
    unknown = stage.world.execution().execution_id
    for execution_id, why in ((running, "running"), (rejected, "rejected"), (unknown, "knows no execution")):
        answer = api.send("POST", f"/v1/executions/{execution_id}/redrive")
        assert is_problem(answer, 409)
        assert why in answer.body["detail"]


def test_redrive_ends_after_fourteen_days(stage: Stage, api: Functions) -> None:
    """Step Functions would refuse; we say why before we ask."""
    execution_id = started(api)
    api.send("POST", f"/v1/executions/{execution_id}/stop")
    stage.world.clock.shift = 15 * 86_400
    try:
        with pytest.raises(NotPossibleError, match="ended 15 days ago"):
            Executions(stage.world.stores).redrive(ADA, execution_id)
    finally:
        stage.world.clock.shift = 0


def test_the_list_pages_through_one_tenant(api: Functions) -> None:
    """Newest first, page by page, nothing twice, nothing of others."""
    mine = [started(api) for _ in range(3)]
    theirs = start(api, who=STRANGER).body["execution_id"]
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = api.send("GET", f"/v1/executions?limit=2&agent=payer{more}").body
        assert fits("ExecutionPage", page)
        found += [item["execution_id"] for item in page["items"]]
        cursor = page["cursor"]
    assert found[:3] == mine[::-1]
    assert len(found) == len(set(found))
    assert theirs not in found


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "status=running", "cursor=abc", "cursor=%7B"])
def test_a_bad_query_is_422(api: Functions, query: str) -> None:
    """Each parameter says what it takes."""
    assert is_problem(api.send("GET", f"/v1/executions?{query}"), 422)


@pytest.mark.parametrize("route", sorted(route for routes in ROUTES.values() for route in routes))
def test_an_unknown_query_parameter_is_422_on_every_route(api: Functions, route: str) -> None:
    """It would have filtered nothing, and been answered as if it had; nothing is looked up or done before that."""
    method, path = route.split(" ")
    answer = api.send(method, path.replace("{", "").replace("}", "") + "?agnt=payer")
    assert is_problem(answer, 422)
    assert answer.body["violations"][0]["pointer"] == "/agnt"
    assert route in answer.body["detail"]


def test_a_misspelt_query_parameter_is_told_the_right_one(api: Functions) -> None:
    """The problem names what there is."""
    told = api.send("GET", "/v1/executions?agnt=payer").body
    assert told["detail"] == "the query parameters of GET /v1/executions are: agent, status, limit, cursor; not 'agnt'"
    message = "there is no such query parameter; did you mean `agent`?"
    assert told["violations"] == [{"pointer": "/agnt", "message": message}]


def test_a_cursor_of_another_tenant_is_not_ours(api: Functions) -> None:
    """Cursors are opaque and bound to who got them."""
    for _ in range(2):
        started(api)
    cursor = api.send("GET", "/v1/executions?limit=1").body["cursor"]
    assert is_problem(api.send("GET", f"/v1/executions?limit=1&cursor={cursor}", who=STRANGER), 422)


def test_the_trace_goes_on_after_a_record(stage: Stage, api: Functions) -> None:
    """In the order in which things happened, in pages."""
    execution = stage.world.execution()
    for number in range(3):
        stage.world.stores.journal.write(execution.execution_id, f"{number:06d}#10#model", "model", {}, step=number)
    target = f"/v1/executions/{execution.execution_id}/trace"
    page = api.send("GET", f"{target}?limit=2").body
    assert fits("RecordPage", page)
    assert [item["step"] for item in page["items"]] == [0, 1]
    after = page["cursor"].replace("#", "%23")
    rest = api.send("GET", f"{target}?after={after}").body
    assert ([item["step"] for item in rest["items"]], rest["cursor"]) == ([2], None)


def test_a_trace_of_long_records_comes_in_pages_that_fit_into_an_answer(stage: Stage, api: Functions) -> None:
    """Lambda refuses an answer over 6 MB: a long result is shown cut and says so, many come page by page."""
    execution = stage.world.execution()
    long: dict[str, Any] = {"value": {"text": 'a"b' * 2_000_000}, "ok": True}
    many: dict[str, Any] = {"value": ['x"'] * 100_000}
    for number, body in enumerate([long, *[many] * 8]):
        stage.world.stores.journal.write(execution.execution_id, f"{number:06d}#x", "result", body, step=number)
    target, after, steps = f"/v1/executions/{execution.execution_id}/trace?limit=200", "", []
    while after is not None:
        page = api.send("GET", f"{target}&after={after.replace('#', '%23')}")
        assert len(json.dumps(page.body)) < 5_000_000
        steps += [item["step"] for item in page.body["items"]]
        after = page.body["cursor"]
        if steps[-1] < 8:
            assert after
    assert steps == list(range(9))
    first = api.send("GET", f"{target.replace('200', '1')}").body["items"][0]["body"]
    assert (first["ok"], first["cut_from_bytes"] > 6_000_000) == (True, True)
    assert first["value"].startswith('{"text": "a')


def test_an_unmapped_caller_is_403(api: Functions) -> None:
    """Known to IAM, unknown to the table."""
    stranger = Principal(id="nobody", tenant="acme", kind="person")
    answer = api.send("GET", "/v1/executions", who=stranger)
    assert is_problem(answer, 403)
    assert "role nobody of account 123456789012" in answer.body["detail"]
    assert is_problem(api.send("GET", "/v1/executions", who=None), 403)


def test_what_nobody_foresaw_is_a_problem_without_inside(api: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer names the request, the log has the rest."""
    monkeypatch.setattr("tollgate.api.page.limit_of", lambda _: 1 / 0)
    answer = api.send("GET", "/v1/executions")
    assert is_problem(answer, 500)
    assert "division" not in json.dumps(answer.body)
    assert "req-1" in answer.body["detail"]


def test_every_function_has_its_handler() -> None:
    """A concern is a folder."""
    folder = Path(__file__).parents[2] / "lambdas" / "api"
    assert {path.parent.name for path in folder.glob("*/handler.py")} == set(ROUTES)
