"""One agent as it would be deployed, with every tool beside it: what dry runs and drills look at."""

import os
from pathlib import Path

from tollgate.definitions.build import build
from tollgate.definitions.load import Roots
from tollgate.definitions.problem import errors
from tollgate.definitions.registry import Registry

from cli.exit_codes import USAGE
from cli.failure import CommandError
from cli.roots import PROJECT, roots


def agent_registry(folder: Path) -> Registry:
    """The registry of stage `local` with this agent alone. Raises `CommandError` that lists what is wrong."""
    built = build(
        roots=Roots(agents=(folder,), tools=roots().tools),
        cdk_json=PROJECT / "cdk.json",
        stage="local",
        prefix="tollgate-local",
        environ=os.environ,
    )
    if built.registry is None:
        listed = "\n".join(str(problem) for problem in errors(built.problems))
        raise CommandError(f"the definitions are wrong:\n{listed}", exit_code=USAGE)
    return built.registry
