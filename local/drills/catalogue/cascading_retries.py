"""Four tools are broken for good, and the model goes from one to the next."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, Seen, ended

MOST_STARTS = 60


def respond(turn: Turn, scene: Scene) -> Reply:
    tools = list(scene.tools)
    return scene.call(tools[turn.step % min(4, len(tools))], turn.step)


def judge(seen: Seen) -> str | None:
    if len(seen.starts) > MOST_STARTS:
        return f"broken tools were started {len(seen.starts)} times: lower limits.tool_failures and retry.max_attempts"
    return ended("limit_reached")(seen)


DRILL = Drill(
    "four tools are broken, and the model goes from one to the next",
    respond,
    judge,
    tools=lambda scene: {name: {"do": "fail"} for name in scene.tools},
    mechanism="the limit on a failing chain",
)
