"""The model returns an empty turn, for ever."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return Reply(text="")


DRILL = Drill(
    "the model returns nothing",
    respond,
    ended("limit_reached"),
    mechanism="the answer's schema; the model is told once",
)
