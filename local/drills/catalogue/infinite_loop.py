"""The model proposes the same read for ever."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.call(scene.named(effect=False))


DRILL = Drill(
    "proposes the same read for ever", respond, ended("limit_reached"), mechanism="the limit on calls without news"
)
