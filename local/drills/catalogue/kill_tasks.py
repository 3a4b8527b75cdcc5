"""The first invocation of every task loses its process (SIGKILL), around a gated effect."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import Drill, Scene, Seen, ended


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.answer() if turn.results else scene.call(scene.named(effect=True))


def judge(seen: Seen) -> str | None:
    return ended("completed")(seen) or (None if len(seen.effects) == 1 else f"the effect ran {len(seen.effects)} times")


DRILL = Drill(
    "SIGKILL in every task, once",
    respond,
    judge,
    fault="kill_tasks",
    paid_twice=1,
    mechanism="the machine's Retry, over journal and ledger",
)
