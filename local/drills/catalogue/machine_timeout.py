"""The state machine's own timeout ends the execution while a question is open: no `Catch` runs, nobody is asked.

What is left is the status event: the record is settled from outside, the question is revoked, the limit is named.
"""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, Seen, ended

SECONDS = 6


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.answer() if turn.results else scene.call(scene.named(effect=True))


def judge(seen: Seen) -> str | None:
    one = seen.executions[0]
    if one["outcome"] == "completed" and not seen.approvals:
        return None  # a waiver let the effect run, so that nothing was left to wait for
    if one["status"] != "TIMED_OUT":
        return f"the machine ended it {one['status']}, not TIMED_OUT"
    left_open = [asked["status"] for asked in seen.approvals if asked["status"] != "revoked"]
    if left_open:
        return f"a question of it is still {left_open[0]}: whoever answers it answers nobody"
    if seen.effects:
        return "the effect ran, and nobody had said yes"
    return ended("limit_reached")(seen) or (None if one["summary"] else "it ended without a summary")


DRILL = Drill(
    "the state machine times out while a question is open",
    respond,
    judge,
    decides=False,
    machine_seconds=SECONDS,
    mechanism="settlement, from outside the machine",
)
