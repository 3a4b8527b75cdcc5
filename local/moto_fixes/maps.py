"""Inline Map states: how many iterations run, and what one failure does to the others.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
"""

import datetime
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (
    InlineIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker

from local.moto_fixes import lifecycle
from local.moto_fixes.patching import replace

INLINE_CONCURRENCY = 40


def limit_inline_concurrency() -> None:
    """At most 40 iterations run at once, and no more workers than items.

    moto starts MaxConcurrency workers (threads) whatever the number of items; without MaxConcurrency, one per item.
    """

    def build(original: Any) -> Any:
        def _eval_body(component: Any, env: Any) -> None:
            wanted = env.stack[-1]
            limit = wanted.max_concurrency or INLINE_CONCURRENCY
            wanted.max_concurrency = min(limit, INLINE_CONCURRENCY, max(len(wanted.input_items), 1))
            original(component, env)

        return _eval_body

    replace(InlineIterationComponent, "_eval_body", build)


def abort_the_other_iterations() -> None:
    """When an iteration fails, the others are aborted: MapIterationAborted tells it, and nobody waits any more.

    moto lets those that wait for a token wait on until the execution ends, each with its threads.
    """

    def build(original: Any) -> Any:
        def _eval_body(component: Any, env: Any) -> None:
            try:
                original(component, env)
            except Exception:
                now = datetime.datetime.now(tz=datetime.UTC)
                for frame in list(env._frames):
                    frame.set_stop(stop_date=now, cause=None, error=None)
                lifecycle.wake(env)
                raise

        return _eval_body

    replace(InlineIterationComponent, "_eval_body", build)


def iterate_without_recursion() -> None:
    """A Map may have any number of items; moto's worker calls itself for each and fails at 1,000."""

    def eval_jobs(worker: Any) -> None:
        frame = worker._env.open_frame()
        job = worker._job_pool.next_job()
        while job is not None:
            job_frame = frame.open_inner_frame()
            worker._eval_job(env=job_frame, job=job)
            frame.close_frame(job_frame)
            failed = isinstance(job.job_output, Exception) or worker.stopped()
            following = None if failed else worker._job_pool.next_job()
            if following is None:
                _leave(worker, frame, job_frame, failed)
            # The Map goes on when its last job is closed, so the worker's frame has to be closed before.
            worker._job_pool.close_job(job)
            job = following
            if job is None:
                return
        worker._env.close_frame(frame)

    replace(IterationWorker, "eval", lambda _: eval_jobs)


def _leave(worker: Any, frame: Any, job_frame: Any, failed: bool) -> None:
    if not failed:
        frame.event_history_context.source_event_id = job_frame.event_history_context.last_published_event_id
    worker._env.close_frame(frame)
