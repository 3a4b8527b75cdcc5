"""How long the Slack callback lets Slack wait: with 50 posts at once, and from a cold start. Slack gives it 3 seconds.

    python -m benchmarks.callback [--rounds 3]

Runs the whole local stack: executions wait at real gates, every click is signed like Slack's and goes through the HTTP
API to the deployed function, which decides in DynamoDB and hands the rest, the state machine and the card, to an event.
Exits 1 when the 99th percentile of the posts is over a second, or, with no process alive, one is over Slack's three.
"""

import argparse
import hashlib
import hmac
import json
import math
import os
import signal
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

from benchmarks.cold_start import Imports, imports
from benchmarks.converse import answer, call
from benchmarks.stack import Bench, BenchmarkError, bench
from local.slack_standin.server import SlackStandIn

ROOT = Path(__file__).resolve().parent.parent
PARALLEL, ROUNDS, GATES = 50, 3, 8
"""`GATES` of one execution: as many calls as a turn may have unless its agent says otherwise."""
WARM_SECONDS, SLACK_SECONDS = 1.0, 3.0

Click = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """Seconds that Slack waited. `first`: many posts at once, the first after the stack's start; `decisions`: later
    ones; `repeated`: the same posts again. `cold_burst`, `cold`: many or one, with no process of the function alive.
    """

    first: list[float]
    decisions: list[float]
    repeated: list[float]
    cold_burst: list[float]
    cold: list[float]


class Slack:
    """Slack's side of the wire: signs, posts, and waits."""

    def __init__(self, stack: Bench) -> None:
        self._url = f"{stack.stack.api_url}/v1/slack/interactions"
        self._secret = stack.stack.signing_secret.encode()
        self._http = urllib3.PoolManager(maxsize=PARALLEL, retries=False)

    def post(self, payload: Click) -> float:
        """Seconds until the answer to one post, from before it is signed. Raises `BenchmarkError` unless it is 200."""
        began = time.perf_counter()
        body = urlencode({"payload": json.dumps(payload)}).encode()
        timestamp = str(int(time.time()))
        signature = hmac.new(self._secret, b":".join((b"v0", timestamp.encode(), body)), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signature}",
        }
        response = self._http.request("POST", self._url, body=body, headers=headers, timeout=60)
        if response.status != 200 or (response.data != b"{}" and b"approved this before" not in response.data):
            raise BenchmarkError(f"a post was answered {response.status}: {response.data[:300]!r}")
        return time.perf_counter() - began

    def all_at_once(self, payloads: Sequence[Click]) -> list[float]:
        """Every post in a thread of its own, and none before all are ready."""
        ready = threading.Barrier(len(payloads))

        def one(payload: Click) -> float:
            ready.wait()
            return self.post(payload)

        with ThreadPoolExecutor(len(payloads)) as senders:
            return list(senders.map(one, payloads))


def measure(rounds: int) -> Measured:
    """One round on a new stack, then rounds of decisions and of the same posts again, then as many cold starts."""
    turn = tuple(call("write_down", text=f"entry {number}") for number in range(GATES))
    with bench([turn, (answer(),)]) as stack:
        slack = Slack(stack)
        first, _ = _round(stack, slack)
        warm = [_round(stack, slack) for _ in range(rounds)]
        cold_bursts = [_round(stack, slack, cold=True) for _ in range(rounds)]
        cold = [_round(stack, slack, posts=1, cold=True) for _ in range(rounds)]
    return Measured(
        first=first,
        decisions=[seconds for decisions, _ in warm for seconds in decisions],
        repeated=[seconds for _, repeated in warm for seconds in repeated],
        cold_burst=[seconds for decisions, _ in cold_bursts for seconds in decisions],
        cold=[seconds for decisions, _ in cold for seconds in decisions],
    )


def report(found: Measured, loaded: Imports) -> str:
    """The table, then what a cold start imports."""
    rows = [
        _row(f"{PARALLEL} decisions at once", found.decisions),
        _row("the same posts once more", found.repeated),
        _row(f"the first {PARALLEL} of a new stack", found.first),
        _row(f"{PARALLEL} at once, no process yet", found.cold_burst),
        _row("one decision, no process yet", found.cold),
    ]
    head = f"{'ms that Slack waits':<32}{'posts':>7}{'p50':>8}{'p99':>8}{'most':>8}"
    packages = ", ".join(f"{name} {milliseconds:.0f}" for name, milliseconds in loaded.by_package[:8])
    cold = f"A cold start imports {loaded.modules} modules in {loaded.total_ms:.0f} ms: {packages}."
    return "\n".join([head, *rows, "", cold])


def _row(what: str, seconds: list[float]) -> str:
    middle, high = 1000 * statistics.median(seconds), 1000 * percentile(seconds, 0.99)
    return f"{what:<32}{len(seconds):>7}{middle:>8.0f}{high:>8.0f}{1000 * max(seconds):>8.0f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not pass (nearest rank: nothing is interpolated)."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def _round(stack: Bench, slack: Slack, *, posts: int = PARALLEL, cold: bool = False) -> tuple[list[float], list[float]]:
    """So many decisions at once, and, when all executions are over, the same posts once more."""
    arns, clicks = _waiting(stack, math.ceil(posts / GATES))
    if cold:
        _kill_callbacks(stack)
    decisions = slack.all_at_once(clicks[:posts])
    for rest in clicks[posts:]:
        slack.post(rest)
    for arn in arns:
        stack.until_succeeded(arn)
    return decisions, slack.all_at_once(clicks[:posts])


def _waiting(stack: Bench, executions: int) -> tuple[list[str], list[Click]]:
    """Executions at their gates, and a click on Approve for each gate."""
    standin = stack.stack.slack
    if standin is None:
        raise BenchmarkError("SLACK_API_URL is set: unset it, because the benchmark brings its own Slack")
    arns = [stack.start()[1] for _ in range(executions)]
    for arn in arns:
        stack.until_waiting(arn, GATES)
    return arns, _clicks(standin)


def _clicks(standin: SlackStandIn) -> list[Click]:
    """A click on Approve of every card that has one, in Slack's shape."""
    found = []
    for message in standin.messages():
        for button in (e for block in message.blocks for e in block.get("elements", []) if block["type"] == "actions"):
            if button["action_id"] == "approve":
                container = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
                user = {"id": "U0BENCH", "username": "bench", "team_id": "T0LOCAL"}
                actions = [{**button, "block_id": "decision", "action_ts": message.ts}]
                found.append({"type": "block_actions", "user": user, "container": container, "actions": actions})
    return found


def _kill_callbacks(stack: Bench) -> None:
    """No process of the callback's function is alive, and the host has seen it."""
    while gates := [number for number, name in stack.stack.process_ids.items() if name.endswith("-api-gate")]:
        for process_id in gates:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.kill(process_id, signal.SIGKILL)
        time.sleep(0.1)


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and says by its exit code whether both promises hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    try:
        found = measure(parser.parse_args(arguments).rounds)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    print(report(found, imports(ROOT / "lambdas" / "api" / "gate", ROOT / "layers" / "runtime" / "python")))
    warm = [percentile(posts, 0.99) for posts in (found.decisions, found.repeated, found.first)]
    kept = max(warm) <= WARM_SECONDS and max(*found.cold_burst, *found.cold) <= SLACK_SECONDS
    print(
        f"{'held' if kept else 'BROKEN'}: p99 <= {WARM_SECONDS:g} s, and without a process all <= {SLACK_SECONDS:g} s"
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
