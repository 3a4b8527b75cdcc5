"""`python -m infra.cdk ...`: the pinned CDK command line from node_modules, on the Node that pip installed."""

import os
import subprocess
import sys
from pathlib import Path

from infra.npm import NODE

ROOT = Path(__file__).resolve().parent.parent
CLI = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"


def main() -> int:
    """The command line's own exit code. The app runs with this very Python, not with the first one on the PATH."""
    if not CLI.exists():
        print("infra.cdk: node_modules has no aws-cdk; run: make synth, which installs it", file=sys.stderr)  # noqa: T201
        return 2
    app = f"{sys.executable} app.py"
    return subprocess.run(  # noqa: S603
        [str(NODE), str(CLI), "--app", app, *sys.argv[1:]], cwd=ROOT, env={**os.environ}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
