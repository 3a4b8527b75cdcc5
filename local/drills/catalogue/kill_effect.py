"""An effect's process is killed after it started: its manifest decides what may happen next."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.answer() if turn.results else scene.call(scene.named(effect=True))


DRILL = Drill(
    "SIGKILL in the middle of an effect",
    respond,
    ended("completed"),
    tools=lambda scene: {scene.named(effect=True): {"do": "kill", "times": 1}},
    mechanism="on_retry of the tool, over its ledger",
)
