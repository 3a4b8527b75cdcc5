"""The provider's filter refuses."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return Reply.stop("content_filtered", "I cannot help with that.")


DRILL = Drill("the model refuses", respond, ended("limit_reached"), mechanism="no second try: the call was billed")
