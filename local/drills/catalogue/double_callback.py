"""Every decision is sent twice at the same instant."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, Seen, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.answer() if turn.results else scene.call(scene.named(effect=True))


def judge(seen: Seen) -> str | None:
    return ended("completed")(seen) or (None if len(seen.effects) <= 1 else "the effect ran twice")


DRILL = Drill(
    "every decision arrives twice at once", respond, judge, decide_twice=True, mechanism="one transaction per decision"
)
