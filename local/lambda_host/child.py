"""First code of a function's process: ties its life to the host's, then hands over to AWS's own runtime client.

Run as a script by `process.py` with two arguments, the file descriptor of the life line and the handler. Imports
nothing of this project, because the process must see only what the template gives it.
"""

import fcntl
import os
import select
import signal
import sys
import threading


def die_with_host(life_line: int) -> None:
    """The process group is killed once the host's end of the pipe closes, however the host ended."""
    os.set_inheritable(life_line, False)
    if sys.platform == "linux":
        # The kernel itself sends SIGKILL to the group on hang-up, even if no Python code can run any more.
        fcntl.fcntl(life_line, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(life_line, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(life_line, fcntl.F_SETFL, fcntl.fcntl(life_line, fcntl.F_GETFL) | os.O_ASYNC)
    else:
        threading.Thread(target=_wait_for_hang_up, args=(life_line,), daemon=True).start()
    if select.select([life_line], [], [], 0)[0]:
        os.killpg(0, signal.SIGKILL)


def _wait_for_hang_up(life_line: int) -> None:
    os.read(life_line, 1)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Serves invocations until the process is killed."""
    die_with_host(int(sys.argv[1]))
    from awslambdaric.__main__ import main as serve  # type: ignore[import-untyped]  # last: it reads the environment

    serve(["bootstrap", sys.argv[2]])


if __name__ == "__main__":
    main()
