"""The tasks' clocks are four minutes ahead, those of the tools and the API four minutes behind, around a killed effect.

What one process writes down (a lease, an expiry, a deadline) another reads. DynamoDB's answers tell each of them how
far off it is, so what is written is within a few seconds of the truth.
"""

from datetime import datetime

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import DEFECT, Drill, Scene, Seen, ended

TOLERANCE_SECONDS = 3.0
"""The tables' time has whole seconds, and the wire is not immediate."""


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.answer() if turn.results else scene.call(scene.named(effect=True))


def judge(seen: Seen) -> str | None:
    wrong = [
        *(f"record {one['record']}" for one in seen.records if not _true(seen, one["at"].partition("#")[0])),
        *(f"approval {one['approval_id']}" for one in seen.approvals if not _true(seen, one["created_at"])),
        *(f"{one['execution_id']}" for one in seen.executions if not _true_duration(seen, one["spend"])),
    ]
    if wrong:
        return f"{wrong[0]} has a time that is minutes off; {DEFECT}"
    return ended("completed")(seen) or (None if len(seen.effects) == 1 else f"the effect ran {len(seen.effects)} times")


def _true(seen: Seen, at: str) -> bool:
    """Whether it was that late while the drill was on."""
    seconds = datetime.fromisoformat(at).timestamp()
    return seen.began - TOLERANCE_SECONDS <= seconds <= seen.ended + TOLERANCE_SECONDS


def _true_duration(seen: Seen, spend: dict[str, float]) -> bool:
    """Time at work and time elapsed are what they were, not what two clocks make of them."""
    most = seen.ended - seen.began + TOLERANCE_SECONDS
    return 0 < spend["active_seconds"] <= spend["deadline_seconds"] <= most


DRILL = Drill(
    "processes disagree by eight minutes about the time, and an effect is killed",
    respond,
    judge,
    tools=lambda scene: {scene.named(effect=True): {"do": "kill", "times": 1}},
    fault="skew_clocks",
    mechanism="DynamoDB's time, which every process goes by",
)
