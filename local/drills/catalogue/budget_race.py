"""Six executions of one tenant race for a budget that is enough for a few calls."""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import DEFECT, Drill, Scene, Seen, ended

LIMIT = 30_000


def respond(turn: Turn, scene: Scene) -> Reply:
    return scene.call(scene.varied_read(), turn.step) if turn.step < 4 else scene.answer()


def judge(seen: Seen) -> str | None:
    spent = sum(one["spend"]["tokens"] for one in seen.executions)
    if spent > LIMIT:
        return f"six executions spent {spent:,} of {LIMIT:,} tokens; {DEFECT}"
    return ended("completed", "limit_reached")(seen)


DRILL = Drill(
    "six executions race for one tenant's budget",
    respond,
    judge,
    executions=6,
    tenant_tokens=LIMIT,
    mechanism="leases of the tenant's budget",
)
