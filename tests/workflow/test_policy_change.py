"""A policy that changes while an execution stands still decides about what it does next, whatever was said before."""

from pathlib import Path
from typing import Any

from tests.workflow.redeployment import policy_changed
from tests.workflow.running import Run, World
from tests.workflow.script import answer, propose
from tests.workflow.test_origin_live import ACME, EVIL, HIDDEN, pay, start


def without_waiver(registry: dict[str, Any]) -> None:
    """The operator takes the waiver back."""
    registry["agents"]["payer"]["definition"]["waivers"] = {}


def past_review(registry: dict[str, Any]) -> None:
    """The waiver's review date was yesterday, and nobody deployed since."""
    registry["agents"]["payer"]["definition"]["waivers"]["pay_bill"]["review_by"] = "2020-01-01"


def rules(approval: dict[str, Any]) -> set[str]:
    return {reason["rule"] for reason in approval["reasons"]}


def stopped_at_gate(world: World) -> tuple[Run, dict[str, Any]]:
    run = start(world, [propose(pay(EVIL)), answer()], paper=HIDDEN)
    (approval,) = run.asked()
    assert "default_gate" not in rules(approval)
    assert run.act("stop").status == 202
    run.until(lambda run: run.machine_status() == "ABORTED", "stopped")
    assert run.view()["pending_approvals"] == []
    return run, approval


def test_redrive_after_a_policy_change_screens_again(world: World, tmp_path: Path) -> None:
    """The redriven call asks under the new rules with a new fingerprint; the old question decides nothing any more."""
    run, old = stopped_at_gate(world)
    with policy_changed(world, tmp_path, "pay_bill", without_waiver):
        assert run.act("redrive").status == 202
        (new,) = run.asked(but=(old["approval_id"],))
        assert {"default_gate", "origin"} <= rules(new)
        assert new["fingerprint"] != old["fingerprint"]
        assert run.decide(old, "approve").status in (404, 409)
        assert run.script.started == []
        assert run.decide(new, "approve").status == 200
        run.completed()
    assert [one.arguments["iban"] for one in run.script.starts("pay_bill")] == [EVIL]


def test_waiver_past_its_review_date_does_not_hold_at_run_time(world: World, tmp_path: Path) -> None:
    """What runs unasked under a waiver asks once its day has passed, without a deployment in between."""
    before = start(world, [propose(pay()), answer()], typed=f"Pay {ACME}.")
    before.completed()
    with policy_changed(world, tmp_path, "pay_bill", past_review):
        run = start(world, [propose(pay()), answer()], typed=f"Pay {ACME}.")
        (approval,) = run.asked()
        assert rules(approval) == {"waiver"}
        assert "2020-01-01" in approval["reasons"][0]["message"]
        assert run.decide(approval, "reject").status == 200
        run.completed()
    assert run.script.starts("pay_bill") == []


def test_call_approved_under_an_old_policy_asks_again(world: World, tmp_path: Path) -> None:
    """The policy changes while a question is open: the yes to the old question starts nothing under the new one."""
    run = start(world, [propose(pay(EVIL)), answer()], paper=HIDDEN)
    (old,) = run.asked()
    with policy_changed(world, tmp_path, "pay_bill", without_waiver):
        assert run.decide(old, "approve").status == 200
        (new,) = run.asked(but=(old["approval_id"],))
        assert "default_gate" in rules(new)
        assert run.script.started == []
        assert run.decide(new, "reject").status == 200
        run.completed()
    assert run.script.starts("pay_bill") == []


def test_call_edited_under_an_old_policy_keeps_the_edit_and_asks_again(world: World, tmp_path: Path) -> None:
    """The new question shows what the person wrote, and only that runs."""
    run = start(world, [propose(pay(EVIL)), answer()], paper=HIDDEN)
    (old,) = run.asked()
    with policy_changed(world, tmp_path, "pay_bill", without_waiver):
        edited = {"iban": ACME, "hook": run.script.hook}
        assert run.decide(old, "edit", arguments=edited).status == 200
        (new,) = run.asked(but=(old["approval_id"],))
        assert new["arguments"] == edited
        assert new["origins"]["/iban"] == {"from": "edit", "name": "approver", "trusted": True}
        assert run.decide(new, "approve").status == 200
        run.completed()
    assert [one.arguments["iban"] for one in run.script.starts("pay_bill")] == [ACME]
