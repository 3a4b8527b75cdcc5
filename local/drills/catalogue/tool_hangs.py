"""A read never returns; its own timeout ends it and the model goes on without it."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.answer() if turn.results else scene.call(_quickest(scene))


def _quickest(scene: Scene) -> str:
    """The read with the shortest timeout: the drill waits it out."""
    scene.named(effect=False)
    reads = {name: tool.timeout_seconds for name, tool in scene.tools.items() if not tool.is_effect}
    return min(reads, key=lambda name: reads[name])


DRILL = Drill(
    "a read hangs",
    respond,
    ended("completed"),
    tools=lambda scene: {_quickest(scene): {"do": "hang"}},
    mechanism="timeout_seconds of the tool",
)
