"""First code of a function's process: ties its life to the host's, then hands over to AWS's own runtime client.

Run as a script by `process.py`, without `site`, with three arguments: the file descriptor of the life line, the
folders of the host's packages (they stand for the dependencies layer), and the handler. Imports nothing of this
project, because the process must see only what the template gives it; for the same reason no `.pth` file is read,
which would make this very repository importable wherever it is installed in place.
"""

import fcntl
import os
import select
import signal
import site
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
    if _is_readable(life_line):
        os.killpg(0, signal.SIGKILL)


def _is_readable(life_line: int) -> bool:
    """By `poll`: a host with many processes has descriptors that `select` cannot hold."""
    poller = select.poll()
    poller.register(life_line, select.POLLIN | select.POLLHUP)
    return bool(poller.poll(0))


def _wait_for_hang_up(life_line: int) -> None:
    os.read(life_line, 1)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Serves invocations until the process is killed."""
    life_line, packages, handler = sys.argv[1:]
    die_with_host(int(life_line))
    sys.path.extend(packages.split(os.pathsep))
    site.setquit()
    from awslambdaric.__main__ import main as serve  # type: ignore[import-untyped]  # last: it reads the environment

    serve(["bootstrap", handler])


if __name__ == "__main__":
    main()
