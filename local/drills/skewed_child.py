"""First code of a function's process whose machine's clock is minutes off; then everything is as ever.

`time.time` is what the product reads (`tollgate.clock`), so that is what is wrong here. The tasks are ahead and
everybody else is behind, so that what one writes is read by others whose clocks are eight minutes away. The runtime
client alone reads the true time: on Lambda the deadline that it is given comes from the same machine's clock.
"""

import os
import runpy
import sys
import time
from pathlib import Path

SKEW_SECONDS = 240.0
"""AWS refuses requests that are signed more than five minutes off, so a process that is further off does nothing."""

CHILD = Path(__file__).parents[1] / "lambda_host" / "child.py"


def skew() -> None:
    """Shifts this process's clock for good."""
    true, name = time.time, os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    seconds = SKEW_SECONDS if "-task-" in name else -SKEW_SECONDS

    def wrong() -> float:
        caller = str(sys._getframe(1).f_globals.get("__name__", ""))
        return true() + (0.0 if caller.startswith("awslambdaric") else seconds)

    time.time = wrong


if __name__ == "__main__":
    skew()
    runpy.run_path(str(CHILD), run_name="__main__")
