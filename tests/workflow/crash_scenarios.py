"""The scenarios of the crash matrix: together they pass every state of the machine, and settle every kind of end."""

from tests.workflow.crash_matrix import SECONDS, Scenario, Team
from tests.workflow.running import Run, World
from tests.workflow.script import Order, Script, Turn, answer, call, propose, throttled

PAPER = "An invoice. " * 20


def _start(world: World, script: Script, team: Team, agent: str = "worker") -> Run:
    return world.start(script, agent=agent, who=team.requester, paper=PAPER)


def _approve(run: Run, team: Team) -> None:
    (approval,) = run.asked(who=team.approver, seconds=SECONDS)
    assert run.decide(approval, "approve", who=team.approver).status == 200


def _completing(world: World, _: Team) -> Script:
    turns = [
        propose(call("fetch_item"), call("write_keyed"), call("write_keyed", note="the second of this requester's")),
        propose(call("write_gated"), call("fetch_fragile")),
        answer("no"),
        answer(),
    ]
    return world.script(turns, fetch_item=[Order("transient"), Order()], fetch_fragile=[Order("unavailable")])


def _play_completing(world: World, script: Script, team: Team) -> Run:
    run = _start(world, script, team, "whole")
    _approve(run, team)
    return run


def _escalating(world: World, _: Team) -> Script:
    return world.script([propose(call("write_gated"), call("fetch_nothing")), answer("no"), answer("no")])


def _play_escalating(world: World, script: Script, team: Team) -> Run:
    return _start(world, script, team, "late_escalating")


def _short_of_tokens(world: World, _: Team) -> Script:
    script = world.script([propose(call("fetch_item"), tokens=(11_000, 10)), propose(call("write_keyed")), answer()])
    script.summary = answer("One item is fetched; the parcel is not written yet.")
    return script


def _play_redriven(world: World, script: Script, team: Team) -> Run:
    run = _start(world, script, team, "last_words")
    run.machine_ended(SECONDS)
    run.settled_unasked()
    raised = world.send(team.admin, "PUT", f"/v1/budgets/execution:{run.execution_id}", {"tokens": 100_000})
    assert raised.status == 200, raised.body
    assert run.act("redrive").status == 202
    return run


def _failing(world: World, _: Team) -> Script:
    return world.script([[throttled(), propose(call("fetch_item"))], Turn([], status=400, error="ValidationException")])


def _play_failing(world: World, script: Script, team: Team) -> Run:
    return _start(world, script, team)


def _stopped(world: World, _: Team) -> Script:
    return world.script([propose(call("write_gated")), answer()])


def _play_stopped(world: World, script: Script, team: Team) -> Run:
    """Ended by the service's own StopExecution, so that nobody but the event settles it."""
    run = _start(world, script, team)
    run.asked(who=team.approver, seconds=SECONDS)
    world.step_functions.stop_execution(executionArn=run.arn)
    return run


def _finished(world: World, team: Team) -> Script:
    """The execution that is replayed, over and done."""
    script = world.script([propose(call("fetch_item")), propose(call("write_keyed")), answer()])
    _start(world, script, team).completed()
    return script


def _play_replay(world: World, script: Script, team: Team) -> Run:
    (source,) = world.send(team.requester, "GET", "/v1/executions").body["items"]
    body = {"replay": {"execution_id": source["execution_id"], "from_step": 2}}
    started = world.send(team.requester, "POST", "/v1/executions", body)
    return Run(world, script, started.body["execution_id"], team.requester)


COMPLETED = ("SUCCEEDED", "completed", None)

SCENARIOS = (
    Scenario("calls, a gate, a fallback, two answers", _completing, _play_completing, COMPLETED, agent="whole"),
    Scenario(
        "a question nobody answers",
        _escalating,
        _play_escalating,
        ("FAILED", "limit_reached", "answer"),
        agent="late_escalating",
    ),
    Scenario(
        "a limit, raised, redriven",
        _short_of_tokens,
        _play_redriven,
        COMPLETED,
        agent="last_words",
        tenant_tokens=22_000,
    ),
    Scenario("a model that fails", _failing, _play_failing, ("FAILED", "limit_reached", "model")),
    Scenario("a replay", _finished, _play_replay, COMPLETED),
    Scenario("stopped at a gate", _stopped, _play_stopped, ("ABORTED", "stopped", None)),
)
