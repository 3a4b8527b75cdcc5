"""A read fails once with a transient error and then works: the wrapper's own retry meets it."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.answer() if turn.results else scene.call(scene.named(effect=False))


DRILL = Drill(
    "a read fails now and then",
    respond,
    ended("completed"),
    tools=lambda scene: {scene.named(effect=False): {"do": "transient", "times": 1}},
    mechanism="retry of the tool",
)
