"""Six executions start at the same instant, each fans out into as many parallel reads as a turn may have, and all race
for one tenant's budget: what one leases another cannot spend, and what ends gives back what it held.
"""

from local.bedrock.rehearsal import Reply, Turn
from local.drills.drill import DEFECT, Drill, Scene, Seen, ended

LIMIT, EXECUTIONS, TURNS = 45_000, 6, 3


def respond(turn: Turn, scene: Scene) -> Reply:
    if turn.step > TURNS:
        return scene.answer()
    width = scene.agent.limits.calls_per_turn
    read = scene.varied_read()
    return Reply.calls([(read, scene.arguments(read, turn.step * width + number)) for number in range(width)])


def judge(seen: Seen) -> str | None:
    spent = sum(one["spend"]["tokens"] for one in seen.executions)
    if spent > LIMIT:
        return f"{EXECUTIONS} executions spent {spent:,} of {LIMIT:,} tokens; {DEFECT}"
    budget = seen.budget or {}
    if (budget["spend"]["tokens"], budget["leased"]["tokens"]) != (spent, 0):
        told = f"{budget['spend']['tokens']:,} spent and {budget['leased']['tokens']:,} held"
        return f"they spent {spent:,} tokens and hold none, but the tenant's budget says {told}; {DEFECT}"
    keys = [line["key"] for line in seen.done]
    if len(set(keys)) != len(keys):
        return f"a read of the fan-out ran twice; {DEFECT}"
    return ended("completed", "limit_reached")(seen)


DRILL = Drill(
    "six executions fan out into parallel reads and race for one tenant's budget",
    respond,
    judge,
    executions=EXECUTIONS,
    tenant_tokens=LIMIT,
    mechanism="leases of the tenant's budget",
)
