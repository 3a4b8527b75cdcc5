"""A read returns 2 MB every time, until the context is full or a limit is met."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.call(scene.varied_read(), turn.step)


DRILL = Drill(
    "a read returns 2 MB, again and again",
    respond,
    ended("limit_reached"),
    tools=lambda scene: {scene.varied_read(): {"characters": 2_000_000}},
    mechanism="output_limit_tokens, then limits.tokens",
)
