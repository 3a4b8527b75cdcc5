"""Handlers that no alarm reaches: what is on record when their process is ended, and that it is ended."""

import contextlib
import ctypes
import subprocess
import sys
import time
from typing import Any

import pytest
from tollgate.errors import CallRefusedError, CallUnfinishedError
from tollgate.models.call import CallState
from tollgate.tool_runtime import time_limit

from tests.integration.tool_world import Held, Scripted, ToolWorld, manifest, tools

__all__ = ["tools"]


class Deaf:
    """A handler that waits in C, where no alarm is heard, until its process would have been ended."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self._libc = ctypes.CDLL(None)
        self._mutex = ctypes.create_string_buffer(64)  # zeros: an unlocked pthread_mutex_t
        self._libc.pthread_mutex_lock(self._mutex)

    def __call__(self, call: Any = None) -> str:
        self._libc.pthread_mutex_lock(self._mutex)
        return "late"

    def end(self, code: int) -> None:
        self.codes.append(code)
        self._libc.pthread_mutex_unlock(self._mutex)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> Deaf:
    """Its process would be ended soon after its time, and goes on instead."""
    handler = Deaf()
    monkeypatch.setattr(time_limit, "GRACE_SECONDS", 0.1)
    monkeypatch.setattr("os._exit", handler.end)
    return handler


def hung(tools: ToolWorld, **fields: Any) -> Held:
    effect = {"effect": "write", "sinks": [["item"]]} if "on_retry" in fields else {}
    return tools.cleared(manifest(timeout_seconds=1, **effect, **fields))


@pytest.mark.parametrize("fields", [{}, {"on_retry": "idempotent"}, {"on_retry": "keyed"}])
def test_timeout_is_on_record_before_the_process_is_ended(tools: ToolWorld, deaf: Deaf, fields: dict[str, Any]) -> None:
    """The next delivery answers with it: it says which tool and how long, and nothing is run again."""
    held = hung(tools, **fields)
    with pytest.raises(CallRefusedError):  # the process would be gone by now
        held.run(Scripted([deaf]))
    assert deaf.codes == [time_limit.EXIT_CODE]
    assert (held.result.error, held.result.unknown) == ("ToolTimeoutError", bool(fields))
    assert "probe timed out (timeout_seconds: 1)" in held.result.message
    again = Scripted(["second"])
    assert held.run(again)["status"] == "failed"
    assert again.seen == []


@pytest.mark.parametrize("on_retry", ["never", "verify"])
def test_effect_that_others_judge_stays_half_done(
    tools: ToolWorld, deaf: Deaf, on_retry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person, or the tool's own check in the next process, says what became of it."""
    held, states = hung(tools, on_retry=on_retry), list[CallState]()

    def ended(code: int) -> None:
        states.append(held.now.state)
        deaf.end(code)

    monkeypatch.setattr("os._exit", ended)
    with contextlib.suppress(CallUnfinishedError):  # what the wrapper makes of it once it may go on
        held.run(Scripted([deaf], checks=[None]))
    assert (deaf.codes, states) == ([time_limit.EXIT_CODE], [CallState.STARTED])


def test_record_that_cannot_be_written_does_not_keep_the_process(deaf: Deaf) -> None:
    """The ledger may be away, or the tool's own transaction may have recorded the end."""

    def away() -> None:
        raise ConnectionError("away")

    with pytest.raises(time_limit.CallTimedOut), time_limit.time_limit(0.05, away):
        deaf()
    assert deaf.codes == [time_limit.EXIT_CODE]


HOLDS_EVERYTHING = """
from tollgate.tool_runtime import time_limit
time_limit.GRACE_SECONDS = time_limit.LAST_SECONDS = 0.2
with time_limit.time_limit(0.1):
    sum(range(10**13))
"""


def test_code_that_lets_no_thread_run_loses_its_process() -> None:
    """One call into C that holds the interpreter: alarm and watchdog wait with it, and the process ends."""
    start = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", HOLDS_EVERYTHING], capture_output=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert b"Timeout" in ended.stderr
    assert time.monotonic() - start < 30
