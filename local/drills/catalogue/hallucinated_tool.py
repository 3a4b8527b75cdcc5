"""The model proposes a tool that nobody has, then answers."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, Seen, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.answer() if turn.results else Reply.call("launch_missiles", target="moon")


def judge(seen: Seen) -> str | None:
    return ended("completed")(seen) or ("a tool ran that was not proposed" if seen.starts else None)


DRILL = Drill("proposes a tool that does not exist", respond, judge, mechanism="screening: the agent's own tools")
