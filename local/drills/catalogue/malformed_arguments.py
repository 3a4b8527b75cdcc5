"""The model's arguments are no object, then lack what is required, then hold what nobody asked for."""

from typing import Any

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, Seen, ended

BROKEN: tuple[Any, ...] = ("not an object", {}, {"surprise": 1, "__proto__": {"admin": True}})


def respond(turn: Turn, scene: Scene) -> Reply:
    number = len(turn.results)
    if number == len(BROKEN):
        return scene.answer()
    return Reply.calls([(scene.named(effect=True), BROKEN[number])])


def judge(seen: Seen) -> str | None:
    ran = "a malformed effect ran: set additionalProperties: false and required in its input_schema"
    return ended("completed")(seen) or (ran if seen.starts else None)


DRILL = Drill(
    "proposes an effect with malformed arguments, three ways",
    respond,
    judge,
    mechanism="screening by the tool's schema",
)
