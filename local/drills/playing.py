"""Which drill an execution belongs to: the one script of the drilled agent answers for all that are on."""

import threading
from dataclasses import dataclass, field

from local.bedrock.endpoint import asking
from local.bedrock.rehearsal import Reply, Turn
from local.drills import faults
from local.drills.drill import Drill, Scene
from local.stack import LocalStack

STARTED_SECONDS = 30.0
"""The model may be asked before the request that started the execution is answered."""


@dataclass
class Playing:
    """A drill that is on, and its executions."""

    drill: Drill
    scene: Scene
    stack: LocalStack
    ids: list[str] = field(default_factory=list)
    _killed: bool = False

    def respond(self, turn: Turn) -> Reply:
        if self.drill.fault == "kill_reason" and not self._killed:
            self._killed = True
            faults.kill_functions(self.stack.process_ids, "-task-reason")
        return self.drill.respond(turn, self.scene)


_executions: dict[str, Playing] = {}
_changed = threading.Condition()


def started(playing: Playing, execution_id: str) -> None:
    """From here on the execution's turns are the drill's."""
    with _changed:
        playing.ids.append(execution_id)
        _executions[execution_id] = playing
        _changed.notify_all()


def respond(turn: Turn) -> Reply:
    """What the rehearsal script of the drilled agent answers. Raises `KeyError` for an execution of no drill."""
    execution_id = asking.get().execution
    with _changed:
        _changed.wait_for(lambda: execution_id in _executions, STARTED_SECONDS)
        playing = _executions[execution_id]
    return playing.respond(turn)
