"""Tollgate's own tools: folders that travel with this package, and names that no other tool may have."""

from functools import cache
from pathlib import Path

from tollgate.definitions.load import Roots

FOLDER = Path(__file__).resolve().parents[1] / "builtin_tools"
ROOTS = Roots(tools=(FOLDER,))


def is_own(folder: Path) -> bool:
    """Whether a tool's folder is one of Tollgate's own."""
    return folder.resolve().parent == FOLDER


@cache
def names() -> frozenset[str]:
    """Their names, which are those of their folders."""
    return frozenset(path.parent.name for path in FOLDER.glob("*/tool.yaml"))
