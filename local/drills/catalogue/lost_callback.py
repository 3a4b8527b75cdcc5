"""A person approved, and the machine was never told: the answer says so, and the same word again tells it."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, Seen, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.answer() if turn.results else scene.call(scene.named(effect=True))


def judge(seen: Seen) -> str | None:
    return ended("completed")(seen) or (None if len(seen.effects) <= 1 else "the effect ran twice")


DRILL = Drill(
    "the callback after an approval is lost",
    respond,
    judge,
    fault="lose_callback",
    mechanism="the decision's record, and the same word again",
)
