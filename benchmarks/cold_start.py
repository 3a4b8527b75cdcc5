"""What a function imports before it can answer, and how long that takes: a fresh Python, as in Lambda's init phase."""

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)")


@dataclass(frozen=True)
class Imports:
    """Milliseconds of all imports, how many modules they were, and the milliseconds by top-level package."""

    total_ms: float
    modules: int
    by_package: list[tuple[str, float]]


def imports(handler: Path, *layers: Path) -> Imports:
    """The imports of `handler.py` in this folder. The interpreter's own start is not among them."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, layers)),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    command = [sys.executable, "-X", "importtime", "-c", "import os; os.write(2, b'begin\\n'); import handler"]
    ran = subprocess.run(command, cwd=handler, env=environment, capture_output=True, text=True, check=True)
    found = [(name, int(micros)) for micros, name in _LINE.findall(ran.stderr.partition("begin\n")[2])]
    packages: Counter[str] = Counter()
    for name, micros in found:
        packages[name.partition(".")[0]] += micros
    by_package = [(name, micros / 1000) for name, micros in packages.most_common()]
    return Imports(sum(micros for _, micros in found) / 1000, len(found), by_package)
