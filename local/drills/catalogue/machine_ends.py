"""Somebody stops the execution in Step Functions itself: no Catch runs; the record is settled from outside."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.call(scene.varied_read(), turn.step)


DRILL = Drill(
    "the execution is stopped in Step Functions itself",
    respond,
    ended("stopped", "limit_reached"),
    fault="end_machine",
    mechanism="settlement, from outside the machine",
)
