"""One operating-system process that runs one function, driven through AWS's own runtime client.

The process has a session and process group of its own, so that a kill takes whatever it started with it.
"""

import os
import signal
import site
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Empty

from local.lambda_host.environment import Platform, process_environment
from local.lambda_host.function import FunctionSpec, Outcome, exited, out_of_memory, timed_out
from local.lambda_host.function_log import FunctionLog
from local.lambda_host.memory import resident_bytes
from local.lambda_host.runtime_api import Delivered, Exited, Invocation, RuntimeApi

CHILD = Path(__file__).with_name("child.py")
PACKAGES = os.pathsep.join(site.getsitepackages())
INIT_SECONDS = 10.0  # what Lambda grants to the init phase on top of the function's own timeout


class NotDeliveredError(Exception):
    """The process died while idle, before it saw the event: another process may take it."""


class FunctionProcess:
    """Runs one invocation at a time; after an outcome other than the handler's own, it is dead."""

    def __init__(self, spec: FunctionSpec, platform: Platform, log: FunctionLog) -> None:
        self.spec = spec
        self.dead = threading.Event()
        self.passed_memory = False
        self.has_run = False
        self.idle_since = time.monotonic()
        self._log = log
        self._return_code = 0
        self._invocation: Invocation | None = None
        self._api = RuntimeApi(spec)
        self._api.start()
        self._popen, self._life_line = self._spawn(platform)
        self.process_id = self._popen.pid
        threading.Thread(target=self._watch_exit, name=f"exit:{self.process_id}", daemon=True).start()

    @property
    def ready(self) -> bool:
        """Whether it is alive and its handler is imported."""
        return self._api.ready.is_set() and not self.dead.is_set()

    def await_ready(self, request_id: str) -> Outcome | None:
        """None once the handler is imported; else how the start failed, and the process is dead."""
        limit = time.monotonic() + INIT_SECONDS + self.spec.timeout_seconds
        while not self._api.ready.wait(0.01):
            if self.dead.is_set():
                return self.end_of(request_id)
            if time.monotonic() > limit:
                self.kill()
                return timed_out(request_id, INIT_SECONDS + self.spec.timeout_seconds)
        return None

    def invoke(self, invocation: Invocation) -> Outcome:
        """The handler's outcome, or how the process ended. Raises `NotDeliveredError`."""
        self._invocation = invocation
        self._api.pending.put(invocation)
        if self.dead.is_set() or not isinstance(self._next_message(invocation, INIT_SECONDS), Delivered):
            self.kill()
            raise NotDeliveredError(f"process {self.process_id} of {self.spec.name} died while it was idle")
        message = self._next_message(invocation, self.spec.timeout_seconds)
        if isinstance(message, Outcome):
            self.idle_since = time.monotonic()
            self.has_run = True
            return message
        self.kill()
        if message is None:
            return timed_out(invocation.request_id, self.spec.timeout_seconds)
        return self.end_of(invocation.request_id)

    def kill(self) -> None:
        """Kills the process and everything it started; returns once it is gone."""
        if not self.dead.is_set():
            _kill_group(self.process_id)
            self.dead.wait()

    @property
    def limit_bytes(self) -> int:
        return self.spec.memory_mb * 1024 * 1024

    def resident_bytes(self) -> int:
        return resident_bytes(self.process_id)

    def _next_message(self, invocation: Invocation, seconds: float) -> Delivered | Exited | Outcome | None:
        try:
            return invocation.messages.get(timeout=seconds)
        except Empty:
            return None

    def end_of(self, request_id: str) -> Outcome:
        """How a dead process ended, in Lambda's words."""
        if self._api.init_error is not None:
            return Outcome(self._api.init_error, "Unhandled")
        return out_of_memory(request_id) if self.passed_memory else exited(request_id, self._return_code)

    def _spawn(self, platform: Platform) -> tuple[subprocess.Popen[bytes], int]:
        reading_end, life_line = os.pipe()
        try:
            popen = subprocess.Popen(
                # -P: the folder of child.py must not become importable for the function; -S: see child.py.
                [sys.executable, "-S", "-P", str(CHILD), str(reading_end), PACKAGES, self.spec.handler],
                cwd=self.spec.code,
                env=process_environment(self.spec, platform, self._api.address),
                stdin=subprocess.DEVNULL,
                stdout=self._log.file,
                stderr=self._log.file,
                pass_fds=(reading_end,),
                start_new_session=True,
            )
        except OSError:
            os.close(life_line)
            self._api.stop()
            raise
        finally:
            os.close(reading_end)
        return popen, life_line

    def _watch_exit(self) -> None:
        # WNOWAIT keeps the id reserved until the rest of the group is gone too.
        os.waitid(os.P_PID, self.process_id, os.WEXITED | os.WNOWAIT)
        _kill_group(self.process_id)
        self._return_code = self._popen.wait()
        os.close(self._life_line)
        self.dead.set()
        self._api.stop()
        if self._invocation:
            self._invocation.messages.put(Exited())


def _kill_group(process_id: int) -> None:
    try:
        os.killpg(process_id, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # macOS answers "not permitted" for a group of zombies
