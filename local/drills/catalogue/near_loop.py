"""The model proposes the same read for ever, with other arguments each time, so that no call repeats."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.call(scene.varied_read(), turn.step)


DRILL = Drill(
    "proposes a read for ever, with other arguments and other results each time",
    respond,
    ended("limit_reached"),
    tools=lambda scene: {scene.varied_read(): {"numbered": True}},
    mechanism="the agent's limits",
)
