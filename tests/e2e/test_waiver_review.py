"""A waiver near its review date is warned about, one past it is refused: by the real command, on the real day."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

TOLLGATE = str(Path(sys.executable).parent / "tollgate")


def definitions(root: Path, days: int) -> dict[str, str]:
    """An agent with one effect under a waiver that is due in so many days; the variables that lead to it."""
    tool = {
        "schema_version": 1, "name": "post", "description": "Posts.", "kind": "lambda", "effect": "write",
        "approval": "auto", "input_schema": {"type": "object", "properties": {"to": {"type": "string"}}},
        "sinks": [["to"]],
    }  # fmt: skip
    due = datetime.now(UTC).date() + timedelta(days=days)
    agent = {
        "schema_version": 1, "name": "clerk", "description": "Posts.", "model": {"alias": "reasoning"},
        "limits": {"tokens": 90000, "usd": 1, "steps": 9, "active_seconds": 900, "deadline_seconds": 90000},
        "input_schema": {"type": "object", "properties": {"task": {"type": "string"}}},
        "output_schema": {"type": "object"}, "approvals": {"approvers": ["role:finance"]},
        "waivers": {"post": {"owner": "finance", "reason": "small", "review_by": due.isoformat()}}, "tools": ["post"],
    }  # fmt: skip
    for path, document in ((root / "tools/post/tool.yaml", tool), (root / "agents/clerk/agent.yaml", agent)):
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(document))
    (root / "tools/post/handler.py").write_text("def handle(arguments, call):\n    return None\n")
    (root / "agents/clerk/instructions.md").write_text("Post what is asked.\n")
    return os.environ | {"TOLLGATE_AGENTS": str(root / "agents"), "TOLLGATE_TOOLS": str(root / "tools")}


def about_waivers(environment: dict[str, str]) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of `check`, and what it says about waivers."""
    done = subprocess.run([TOLLGATE, "check", "--json"], env=environment, capture_output=True, text=True, timeout=60)
    return done.returncode, [one for one in json.loads(done.stdout) if "waiver" in one["message"]]


@pytest.mark.parametrize(
    ("days", "exit_code", "severities"),
    [(45, 0, []), (29, 0, ["warning"]), (1, 0, ["warning"]), (-2, 1, ["error"])],
)
def test_check_warns_near_the_review_date_and_refuses_past_it(
    tmp_path: Path, days: int, exit_code: int, severities: list[str]
) -> None:
    """A warning lets deploy, an error does not."""
    code, found = about_waivers(definitions(tmp_path, days))
    assert (code, [one["severity"] for one in found]) == (exit_code, severities)


def test_a_dry_run_of_an_overdue_waiver_says_so_and_answers_nothing(tmp_path: Path) -> None:
    """What could not be deployed is not judged as if it were."""
    done = subprocess.run(
        [TOLLGATE, "screen", "clerk"], env=definitions(tmp_path, -2), input="{}\n", capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "was due for review" in done.stderr
    assert "Traceback" not in done.stderr
