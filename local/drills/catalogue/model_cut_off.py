"""The first answer is cut off in mid-word, the second is whole."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return Reply.stop("max_tokens", '{"status": "po') if turn.step == 1 else scene.answer()


DRILL = Drill(
    "the model is cut off in mid-answer",
    respond,
    ended("completed"),
    mechanism="the answer's schema; the model is told once",
)
