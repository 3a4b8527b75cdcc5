"""Every seventh request to DynamoDB is refused."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.call(scene.varied_read(), turn.step) if turn.step < 3 else scene.answer()


DRILL = Drill(
    "DynamoDB throttles every seventh request",
    respond,
    ended("completed"),
    fault="throttle_tables",
    mechanism="retries of the SDK and of the machine",
)
