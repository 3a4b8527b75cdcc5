"""Reason's process is killed while the model answers: the one call that may be paid twice, at its reservation."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.answer()


DRILL = Drill(
    "SIGKILL in the middle of a model call",
    respond,
    ended("completed"),
    fault="kill_reason",
    paid_twice=1,
    mechanism="its reservation, settled in full",
)
