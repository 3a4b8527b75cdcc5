"""The machine ends under the execution, as on its own timeout: no Catch runs; the record is settled from outside."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.call(scene.varied_read(), turn.step)


DRILL = Drill("the state machine ends from outside", respond, ended("stopped", "limit_reached"), fault="end_machine")
