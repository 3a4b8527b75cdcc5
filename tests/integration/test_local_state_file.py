"""State files tell which stacks run, and never of one that is dead."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.state_file import StateFile, home, running

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from local.state_file import StateFile
file = StateFile(Path(sys.argv[1]), 4242)
file.write({"pid": 4242, "started_at": "2026-01-01"})
print("written", flush=True)
time.sleep(60)
"""


def test_running_stacks_are_listed_latest_first(tmp_path: Path) -> None:
    """Each stack is listed as it described itself."""
    files = [StateFile(tmp_path, number) for number in (1, 2)]
    for number, file in enumerate(files):
        file.write({"pid": number, "started_at": f"2026-01-0{number + 1}"})
    assert [found["pid"] for found in running(tmp_path)] == [1, 0]


def test_new_description_replaces_the_old(tmp_path: Path) -> None:
    """A stack whose processes changed describes itself again, and is still alive afterwards."""
    file = StateFile(tmp_path, 7)
    file.write({"process_ids": [], "started_at": ""})
    file.write({"process_ids": [5], "started_at": ""})
    assert [found["process_ids"] for found in running(tmp_path)] == [[5]]


def test_removed_file_is_not_listed(tmp_path: Path) -> None:
    """A stack that stopped is gone from the list and from the disk."""
    file = StateFile(tmp_path, 7)
    file.write({"started_at": ""})
    file.remove()
    assert running(tmp_path) == []
    assert list((tmp_path / "stacks").iterdir()) == []


def test_file_of_a_killed_stack_is_ignored_and_removed(tmp_path: Path) -> None:
    """kill -9 leaves a file behind; the next reader clears it away."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    holder = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "written\n"
    assert [found["pid"] for found in running(tmp_path)] == [4242]
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    assert running(tmp_path) == []
    assert list((tmp_path / "stacks").iterdir()) == []


def test_file_whose_process_id_belongs_to_another_process_is_stale(tmp_path: Path) -> None:
    """A living process with the id of a dead stack does not bring the stack back."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / f"{os.getpid()}.json").write_text(json.dumps({"pid": os.getpid(), "started_at": ""}))
    assert running(tmp_path) == []


def test_file_is_readable_by_its_user_only(tmp_path: Path) -> None:
    """It holds the signing secret."""
    file = StateFile(tmp_path, 7)
    file.write({"started_at": ""})
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_home_is_the_current_folders_unless_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TOLLGATE_HOME wins over `.tollgate` in the current folder."""
    monkeypatch.chdir(tmp_path)
    assert home({}) == tmp_path / ".tollgate"
    assert home({"TOLLGATE_HOME": "/elsewhere"}) == Path("/elsewhere")
