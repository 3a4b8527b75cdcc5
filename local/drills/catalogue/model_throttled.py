"""The provider says "later" twice, with a hint, and then answers."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended

_ASKED = [0]


def respond(turn: Turn, scene: Scene) -> Reply:
    _ASKED[0] += 1
    return Reply.throttle(0.2) if _ASKED[0] in (2, 3) else scene.answer()


DRILL = Drill(
    "the model is throttled twice", respond, ended("completed"), paid_twice=2, mechanism="the provider's own hint"
)
