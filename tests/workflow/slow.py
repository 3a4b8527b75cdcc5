"""Executions that mostly wait: started with the session, looked at by their tests when they are over."""

from dataclasses import dataclass

from tests.workflow.running import Run, World
from tests.workflow.script import Order, answer, call, propose


@dataclass(frozen=True)
class SlowRuns:
    """Each belongs to one test."""

    verified_as_done: Run
    verified_as_undone: Run
    past_its_deadline: Run


def start(world: World) -> SlowRuns:
    """A dead attempt is waited out for its process's whole time, and a deadline cannot come early."""
    verified = [propose(call("write_verified")), answer()]
    exits = Order("exit")
    return SlowRuns(
        verified_as_done=world.run(
            verified, write_verified=[exits], write_verified__verify=[Order(value="found it done")]
        ),
        verified_as_undone=world.run(
            verified, write_verified=[exits, Order(value="now done")], write_verified__verify=[Order(value=None)]
        ),
        past_its_deadline=world.run([propose(call("write_gated")), answer()], agent="short_deadline"),
    )
