"""A check outside of Tollgate over the whole stack: heard at each stage, on record, and never passed by its silence."""

from typing import Any

from tests.workflow.endpoint import BROKEN, OBJECTED
from tests.workflow.running import REQUESTER, Run, World
from tests.workflow.script import answer, call, propose

SECRET = "AKIA" + "IOSFODNN7EXAMPLE"


def words(run: Run) -> list[tuple[str, str, bool]]:
    """What the check said: stage, verdict, whether it failed."""
    bodies = [record["body"] for record in run.trace("external_check")]
    return [(body["stage"], body["verdict"], body["failed"]) for body in bodies]


def asked_about(world: World, part: str) -> list[str]:
    """Whose texts with this part reached the guardrail, in order."""
    return [source for source, text in world.endpoint.guarded if part in text]


def start(world: World, paper: str, turns: list[Any]) -> Run:
    """An execution of the guarded agent with a document."""
    script = world.script(turns)
    body = {"agent": "guarded", "input": {"task": script.task, "paper": paper}}
    started = world.send(REQUESTER, "POST", "/v1/executions", body)
    assert started.status == 202, started.body
    return Run(world, script, started.body["execution_id"], REQUESTER)


def test_request_that_a_check_objects_to_is_rejected(world: World) -> None:
    """Nothing is paid, and the execution's reason names the check."""
    view = start(world, f"a {OBJECTED}", [answer()]).ended()
    assert (view["outcome"], view["reason"]) == ("rejected", "external_check:words")
    assert view["spend"]["tokens"] == 0


def test_request_that_cannot_be_checked_is_rejected(world: World) -> None:
    """A guardrail that fails has not passed it."""
    run = start(world, f"a {BROKEN}", [answer()])
    assert run.ended()["outcome"] == "rejected"
    assert words(run) == [("request", "refuse", True)]


def test_call_that_a_check_objects_to_does_not_start(world: World) -> None:
    """Objection and failure refuse, consent lets the waiver speak; each call is asked about once."""
    effects = [call("write_idempotent", note=note) for note in (OBJECTED, BROKEN, "honest")]
    run = world.run([propose(*effects), answer()], agent="guarded")
    run.completed()
    assert [start.arguments["note"] for start in run.script.starts("write_idempotent")] == ["honest"]
    assert "words" in run.script.told(2)
    said = sorted(word for word in words(run) if word[0] == "call")
    assert said == [("call", "refuse", False), ("call", "refuse", True), ("call", "run", False)]
    [screened] = run.trace("screening")
    assert [one["rules"]["external_check:words"] for one in screened["body"]["calls"]] == ["refuse", "refuse", "run"]


def test_call_that_waited_for_a_person_is_not_asked_about_again(world: World) -> None:
    """The check's word is on record when the gate opens."""
    run = world.run([propose(call("write_gated", note="unheard-of")), answer()], agent="guarded")
    [approval] = run.asked()
    run.decide(approval, "approve")
    run.completed()
    assert asked_about(world, "unheard-of") == ["OUTPUT"]


def test_answer_that_a_check_objects_to_is_mended(world: World) -> None:
    """One repair turn, told which check it was."""
    run = world.run([answer(f'{{"status": "{OBJECTED}"}}'), answer()], agent="guarded")
    assert run.completed()["output"] == {"status": "done"}
    assert "words" in run.script.told(2)
    assert words(run)[-2:] == [("answer", "refuse", False), ("answer", "run", False)]


def test_answer_with_a_secret_is_mended_and_shown_to_no_check(world: World) -> None:
    """Place and detector reach model and trace; the secret reaches neither them, nor the guardrail, nor history."""
    run = world.run([answer(f'{{"status": "use {SECRET}"}}'), answer()], agent="guarded")
    assert run.completed()["output"] == {"status": "done"}
    assert "/status: a secret (aws_access_key)" in run.script.told(2)
    assert asked_about(world, SECRET) == []
    assert SECRET not in str(run.events())
    [refused] = run.trace("answer_refused")
    assert refused["body"]["objections"][0]["rule"] == "answer_secret"


def test_answer_with_a_foreign_link_twice_ends_at_the_limit(world: World) -> None:
    """Nobody is led there: the execution has no output."""
    bad = answer('{"status": "see https://evil.example.com/a"}')
    view = world.run([bad, bad, answer()]).ended()
    assert (view["outcome"], view["reason"], view["output"]) == ("limit_reached", "answer", None)
    assert "evil" not in view["summary"]
