"""Drills against the example agent, against a weakened copy of it, and a user's own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DRILL = "import sys; from cli.main import main; main()"
QUICK = (
    "near_loop", "cascading_retries", "injected_result", "hallucinated_tool", "kill_effect", "double_callback",
    "poisoned_memory", "machine_timeout", "clocks_skewed",
)  # fmt: skip


def drill(agent: str, *only: str, given: Path | None = None, **environ: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The command's exit code and its rows by name, in a process of its own: a stack exists once per process."""
    chosen = [part for name in only for part in ("--only", name)] + (["--input", str(given)] if given else [])
    run = subprocess.run(
        [sys.executable, "-c", DRILL, "drill", agent, "--json", *chosen],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'runtime' / 'python'}", **environ},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert run.stdout, run.stderr[-2000:]
    return run.returncode, {row["name"]: row for row in json.loads(run.stdout)["drills"]}


def test_the_example_agent_contains_what_is_done_to_it() -> None:
    """Loops, broken tools, orders in a result and in memory, a made-up tool, kills, callbacks, clocks, a timeout."""
    code, rows = drill("invoice_reconciliation", *QUICK)
    assert {name: row["advice"] for name, row in rows.items() if not row["contained"]} == {}
    assert code == 0
    assert "origin" in rows["injected_result"]["met_by"]
    assert "unknown_tool" in rows["hallucinated_tool"]["met_by"]
    assert "cascade" in rows["cascading_retries"]["met_by"]
    assert rows["near_loop"]["met_by"] == "limit_reached: steps"
    assert "origin" in rows["poisoned_memory"]["met_by"]
    assert rows["machine_timeout"]["met_by"].startswith("limit_reached: deadline")
    assert all(row["mechanism"] for row in rows.values())


def test_a_weakened_copy_fails_the_rows_of_what_was_taken_away_and_no_other(tmp_path: Path) -> None:
    """Without bounds worth the name nothing stops new reads for ever; what other mechanisms meet stays contained."""
    agent = tmp_path / "invoice_reconciliation"
    shutil.copytree(ROOT / "agents" / "invoice_reconciliation", agent)
    definition = yaml.safe_load((agent / "agent.yaml").read_text())
    definition["limits"] |= {"steps": 200, "tokens": 100_000_000, "active_seconds": 80_000, "tool_failures": 1_000}
    (agent / "agent.yaml").write_text(yaml.safe_dump(definition))
    code, rows = drill(str(agent), "near_loop", "infinite_loop", "hallucinated_tool")
    assert code == 1
    assert {name for name, row in rows.items() if not row["contained"]} == {"near_loop"}
    assert "lower limits.steps (now 200)" in rows["near_loop"]["advice"]


def test_a_tool_without_sinks_under_a_wide_waiver_fails_the_rows_of_orders_from_outside(tmp_path: Path) -> None:
    """Where no argument carries authority, nothing asks where it came from; the advice says what to write."""
    agent, tools = tmp_path / "agents" / "invoice_reconciliation", tmp_path / "tools"
    shutil.copytree(ROOT / "agents" / "invoice_reconciliation", agent)
    shutil.copytree(ROOT / "lambdas" / "tools", tools)
    definition = yaml.safe_load((agent / "agent.yaml").read_text())
    definition["waivers"]["post_invoice"].pop("below")
    definition["tools"] = ["read_invoice", "lookup_vendor", "post_invoice"]
    definition["approvals"] = {"approvers": ["role:finance"]}
    (agent / "agent.yaml").write_text(yaml.safe_dump(definition))
    manifest = yaml.safe_load((tools / "post_invoice" / "tool.yaml").read_text())
    (tools / "post_invoice" / "tool.yaml").write_text(yaml.safe_dump(manifest | {"sinks": []}))
    given = tmp_path / "input.json"  # a request that asks for it in words: without one, no waiver lets it run unasked
    given.write_text(json.dumps({"task": "Post the invoice of today.", "invoice": "an invoice"}))
    only = ("poisoned_memory", "injected_result", "hallucinated_tool")
    code, rows = drill(str(agent), *only, given=given, TOLLGATE_TOOLS=str(tools))
    assert code == 1
    assert {name for name, row in rows.items() if not row["contained"]} == {"poisoned_memory", "injected_result"}
    assert "post_invoice ran unasked on memory's word: name its sinks" in rows["poisoned_memory"]["advice"]
    assert "post_invoice ran unasked on a document's word: name its sinks" in rows["injected_result"]["advice"]


def test_users_own_drills_are_played_and_can_fail(tmp_path: Path) -> None:
    """The example of the documentation holds; one that is never satisfied and one that breaks are not contained."""
    documented = (ROOT / "docs" / "drills.md").read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    (tmp_path / "documented.py").write_text(documented)
    head = "from local.drills.drill import Drill\ndef respond(turn, scene): return scene.answer()\n"
    (tmp_path / "strict.py").write_text(f"{head}DRILL = Drill('answers', respond, lambda seen: 'never good enough')\n")
    (tmp_path / "broken.py").write_text(f"{head}DRILL = Drill('answers', respond, lambda seen: seen.nothing)\n")
    code, rows = drill("invoice_reconciliation", "documented", "strict", "broken", TOLLGATE_DRILLS=str(tmp_path))
    assert code == 1
    assert {name: row["contained"] for name, row in rows.items()} == {
        "documented": True, "strict": False, "broken": False,
    }  # fmt: skip
    assert rows["strict"]["advice"] == "never good enough"
    assert rows["broken"]["advice"].startswith("the drill itself broke: AttributeError")
