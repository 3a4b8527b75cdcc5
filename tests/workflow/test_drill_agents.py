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
QUICK = ("near_loop", "cascading_retries", "injected_result", "hallucinated_tool", "kill_effect", "double_callback")


def drill(agent: str, *only: str, **environ: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The command's exit code and its rows by name, in a process of its own: a stack exists once per process."""
    chosen = [part for name in only for part in ("--only", name)]
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
    """A loop, broken tools, an injected result, a made-up tool, a killed effect, two answers at once."""
    code, rows = drill("invoice_reconciliation", *QUICK)
    assert {name: row["advice"] for name, row in rows.items() if not row["contained"]} == {}
    assert code == 0
    assert "origin" in rows["injected_result"]["met_by"]
    assert "unknown_tool" in rows["hallucinated_tool"]["met_by"]
    assert "cascade" in rows["cascading_retries"]["met_by"]
    assert rows["near_loop"]["met_by"] == "limit_reached: steps"


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


def test_a_users_own_drill_is_played_and_can_fail(tmp_path: Path) -> None:
    """A file in a folder of TOLLGATE_DRILLS is a drill like those of the catalogue."""
    (tmp_path / "strict.py").write_text(
        "from local.drills.drill import Drill\n"
        "DRILL = Drill('answers at once', lambda turn, scene: scene.answer(), lambda seen: 'never good enough')\n"
    )
    code, rows = drill("invoice_reconciliation", "strict", TOLLGATE_DRILLS=str(tmp_path))
    assert (code, rows["strict"]["advice"]) == (1, "never good enough")
