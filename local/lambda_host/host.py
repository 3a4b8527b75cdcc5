"""Runs the template's functions on this machine, each in processes of its own, behind Lambda's Invoke API."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from local.lambda_host.elsewhere import Elsewhere
from local.lambda_host.environment import Platform
from local.lambda_host.event_queue import EventQueue
from local.lambda_host.function import FunctionSpec, Outcome, ThrottledError, UnknownFunctionError
from local.lambda_host.function_log import FunctionLog
from local.lambda_host.invoke_api import InvokeApi
from local.lambda_host.memory import MemoryWatch
from local.lambda_host.pool import FunctionPool
from local.lambda_host.process import FunctionProcess

REAP_EVERY_SECONDS = 5.0


class LambdaHost:
    """After `stop` no process of any function is alive; the same holds when this process dies in any way.

    `concurrency` is the account's cap, Lambda's own default: more at once answer 429. An invocation that waits for a
    process counts, too, and holds nothing. `idle_seconds` is how long a warm process is kept. `elsewhere_url` serves
    the functions that are not deployed here.
    """

    def __init__(
        self,
        log_folder: Path,
        *,
        port: int = 0,
        concurrency: int = 1_000,
        idle_seconds: float = 300.0,
        elsewhere_url: str | None = None,
    ) -> None:
        self.log_folder = log_folder
        self._api = InvokeApi(self, port, Elsewhere(elsewhere_url) if elsewhere_url else None)
        self._pools: dict[str, FunctionPool] = {}
        self._free = threading.BoundedSemaphore(concurrency)
        self._concurrency = concurrency
        # More starts at once than this only make each other slower.
        self._starting = threading.BoundedSemaphore(max(2, (os.cpu_count() or 1) * 2))
        self._events = EventQueue(partial(self.invoke, awaited=False))
        self._memory = MemoryWatch(self._processes)
        self._idle_seconds = idle_seconds
        self._stopping = threading.Event()

    @property
    def url(self) -> str:
        return self._api.url

    def start(self) -> None:
        self.log_folder.mkdir(parents=True, exist_ok=True)
        self._api.start()
        self._memory.start()
        threading.Thread(target=self._reap, name="reaper", daemon=True).start()

    def stop(self) -> None:
        """Refuses new invocations and kills every process."""
        self._stopping.set()
        self._api.stop()
        self._events.stop()
        self._memory.stop()
        if self._pools:
            with ThreadPoolExecutor(len(self._pools)) as killers:
                list(killers.map(FunctionPool.stop, self._pools.values()))

    def deploy(self, spec: FunctionSpec, platform: Platform) -> None:
        """Makes a function callable by name and ARN; no process is started yet."""
        self._pools[spec.name] = FunctionPool(spec, platform, FunctionLog(self.log_folder, spec.name), self._starting)

    def prewarm(self, names: list[str]) -> None:
        """Starts one process of each named function, a few at a time, and returns when they can serve."""
        with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as starters:
            list(starters.map(lambda name: self._pool(name).prewarm(), names))

    def invoke(self, name: str, payload: bytes, client_context: str | None = None, *, awaited: bool = True) -> Outcome:
        """Runs the function and waits. Raises `UnknownFunctionError`, `ThrottledError`.

        Where nobody waits for the answer, it is not `awaited`, and those that somebody waits for go first.
        """
        pool = self._pool(name)
        if not self._free.acquire(blocking=False):
            raise ThrottledError(f"{self._concurrency} invocations are running, which is the cap of this local stack")
        try:
            return pool.invoke(payload, client_context, awaited=awaited)
        finally:
            self._free.release()

    def invoke_later(self, name: str, payload: bytes) -> None:
        """Accepts the event and returns; a failed run is tried again twice."""
        self.require(name)
        self._events.put(name, payload)

    def require(self, name: str) -> None:
        """Raises `UnknownFunctionError` if there is no such function."""
        self._pool(name)

    def process_ids(self) -> dict[int, str]:
        """Every live process and the function it runs."""
        return {process.process_id: process.spec.name for process in self._processes()}

    def _pool(self, name: str) -> FunctionPool:
        bare, _, qualifier = name.rpartition(":function:")[2].partition(":")
        if bare not in self._pools or qualifier not in ("", "$LATEST"):
            raise UnknownFunctionError(
                f"Function not found: {name}; the local stack has no such function. "
                "If it runs in another emulator, set AWS_ENDPOINT_URL_LAMBDA to that one's URL"
            )
        return self._pools[bare]

    def _processes(self) -> list[FunctionProcess]:
        return [process for pool in list(self._pools.values()) for process in pool.processes()]

    def _reap(self) -> None:
        while not self._stopping.wait(REAP_EVERY_SECONDS):
            for pool in list(self._pools.values()):
                pool.reap(self._idle_seconds)
