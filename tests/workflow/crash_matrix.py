"""The crash matrix: SIGKILL before and after every write of a calm run, in runs that lose several processes each.

What happened is counted on the wire, at the model's endpoint and in the tools, never in the product's own books.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.workflow.running import Person, Run, World, person
from tests.workflow.script import Script
from tests.workflow.writes import Cut, Moment, Write, Writes

RUNS = 10
AT_ONCE = 5
ALONE = 3
SECONDS = 120.0
MOMENTS: tuple[Moment, ...] = ("before", "after")
UNJOURNALLED = ("#10#model", "#11#failure")
"""A process that dies before it writes one of these takes an answer of the model's with it: it is asked again.

Not so a summary's: whoever finds its reservation open asks nobody, and the run ends with the summary from the books.
"""


@dataclass(frozen=True)
class Team:
    """People of a tenant that one run has for itself, so that its budgets are its own."""

    requester: Person
    approver: Person
    admin: Person

    @classmethod
    def of(cls, tenant: str) -> "Team":
        return cls(
            person("rita", tenant=tenant),
            person("alma", "approver", tenant=tenant),
            person("ada", "admin", tenant=tenant),
        )


@dataclass(frozen=True)
class Scenario:
    """What a run goes through. `play` starts it and brings it to its end, whatever is killed on the way.

    What `script` does before it returns is not watched.
    """

    name: str
    script: Callable[[World, Team], Script]
    play: Callable[[World, Script, Team], Run]
    end: tuple[str, str, str | None]
    """`status`, `outcome` and `reason`."""
    agent: str = "worker"
    tenant_tokens: int = 1_000_000


@dataclass(frozen=True)
class Row:
    """One boundary of one scenario and what the kill there cost."""

    scenario: str
    cut: Cut
    asked_again: int
    """Requests at the model beyond those of the calm run."""
    answer_lost: bool
    """The answer had arrived and was not on record: nobody can have it without asking again."""
    effects_twice: int
    ended: bool
    books_agree: bool
    """Nothing is reserved, and model records, questions, failed calls and the bill are those of the calm run.

    A call that may have been made and has no answer on record is in the bill at its reservation.
    """

    @property
    def paid_twice(self) -> int:
        """Model calls whose answer was journalled and that were made again all the same."""
        return self.asked_again - self.answer_lost


def rows_of(scenario: Scenario, world: World, writes: Writes, *, but: Collection[Write] = ()) -> list[Row]:
    """A row for every write of a calm run (`but` those that have their rows), cut before it and after it."""
    calm = _run(scenario, world, writes, ())
    assert _end(calm) == scenario.end, calm.view()
    fresh = [write for write in dict.fromkeys(writes.seen[calm.execution_id]) if write not in but]
    every = [Cut(moment, write) for write in fresh for moment in MOMENTS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = list(pool.map(lambda first: _run(scenario, world, writes, every[first::RUNS]), range(RUNS)))
        # A run that loses much time goes another way, past a question's first half: what it missed is cut alone.
        for _ in range(ALONE):
            missed = [cut for cut in every if cut not in _made(writes, runs)]
            runs += pool.map(lambda cut: _run(scenario, world, writes, [cut]), missed)
    not_made = [cut for cut in every if cut not in _made(writes, runs)]
    went = [(_end(run), run.script.per_step) for run in runs[-len(not_made) :]]
    assert not not_made, f"nothing was killed at {not_made}; the last runs for them went {went}"
    return [row for run in runs for row in _rows(scenario, run, calm, writes)]


def table(rows: Iterable[Row]) -> str:
    """One line per task and moment: how many boundaries, and what their kills cost together."""
    by_task: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_task.setdefault((row.cut.write.task, row.cut.moment), []).append(row)
    lines = [
        "| task | killed | boundaries | model calls asked again | of these journalled before | effects twice | ended |",
        "|---|---|---|---|---|---|---|",
    ]
    for (task, moment), found in sorted(by_task.items()):
        again, paid = sum(row.asked_again for row in found), sum(row.paid_twice for row in found)
        twice, ended = sum(row.effects_twice for row in found), sum(row.ended for row in found)
        lines.append(
            f"| {task} | {moment} the write | {len(found)} | {again} | {paid} | {twice} | {ended} of {len(found)} |"
        )
    return "\n".join(lines)


def _run(scenario: Scenario, world: World, writes: Writes, doomed: Iterable[Cut]) -> Run:
    team = Team.of(uuid.uuid4().hex)
    for scope, tokens in (
        (f"tenant:{team.admin['tenant']}", scenario.tenant_tokens),
        (f"agent:{scenario.agent}", 10**6),
    ):
        assert world.send(team.admin, "PUT", f"/v1/budgets/{scope}", {"tokens": tokens}).status == 200
    script = scenario.script(world, team)
    writes.watch(script.name, doomed)
    run = scenario.play(world, script, team)
    run.machine_ended(SECONDS)
    # Unasked by a read, which would settle: the event's own run of settle_execution shall do its writes.
    run.settled_unasked()
    return run


def _made(writes: Writes, runs: list[Run]) -> set[Cut]:
    return {cut for run in runs for cut in writes.killed[run.execution_id]}


def _rows(scenario: Scenario, run: Run, calm: Run, writes: Writes) -> list[Row]:
    """The run's cuts. What no single cut explains is on all of them, so that it shows."""
    again = Counter(run.script.per_step)
    again.subtract(calm.script.per_step)
    cuts = writes.killed[run.execution_id]
    unknown = any(leaves_a_reservation(cut) for cut in cuts)
    lost = [cut for cut in cuts if loses_an_answer(cut)]
    unexplained = sum(max(0, more) for more in again.values()) - len(lost)
    twice = sum(
        len(run.script.keys(tool)) - len(calm.script.keys(tool)) for tool in {one.tool for one in run.script.started}
    )
    return [
        Row(
            scenario=scenario.name,
            cut=cut,
            asked_again=(cut in lost) + unexplained,
            answer_lost=cut in lost,
            effects_twice=twice,
            ended=_end(run) == scenario.end,
            books_agree=_books(run, unknown) == _books(calm, unknown),
        )
        for cut in cuts
    ]


def loses_an_answer(cut: Cut) -> bool:
    asks = cut.write.task == "reason"  # a replay's records are copies
    return asks and cut.moment == "before" and any(record in cut.write.what for record in UNJOURNALLED)


def leaves_a_reservation(cut: Cut) -> bool:
    """Nobody knows what was billed: the process died between reserving and having the end of the call on record."""
    reserves, settles = "reservations.#id = :held" in cut.write.what, cut.write.what.endswith("REMOVE reservations.#id")
    before, after = cut.moment == "before", cut.moment == "after"
    summary = before and "#71#summary" in cut.write.what
    return (
        loses_an_answer(cut)
        or summary
        or (reserves and after)
        or (settles and before and "#step" not in cut.write.what)
    )


def _end(run: Run) -> tuple[str, str, str | None]:
    view = run.view()
    return view["status"], view["outcome"], view["reason"]


def _books(run: Run, unknown: bool) -> tuple[object, ...]:
    """Without the bill where it is not known what it should be."""
    spend, item = run.view()["spend"], run.world.item("executions", "execution_id", run.execution_id)
    counted = (item["approvals_asked"], item["tool_failures"], spend["reserved_tokens"])
    return len(run.trace("model")), *counted, None if unknown else spend["tokens"]


def written(rows: Iterable[Row]) -> set[Write]:
    """Every write that has a row."""
    return {row.cut.write for row in rows}
