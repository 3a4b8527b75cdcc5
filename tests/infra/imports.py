"""Which packages a deployed function imports, followed through our own modules without running any."""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "layers" / "runtime" / "python"
OURS = {"tollgate", "tollgate_definitions", "handler"}


def entry_points() -> list[Path]:
    """The handlers that are ours, and the wrapper that is every tool's entry."""
    handlers = [path for kind in ("tasks", "api") for path in (ROOT / "lambdas" / kind).glob("*/handler.py")]
    return [*handlers, RUNTIME / "tollgate" / "tool_runtime" / "entry.py"]


def third_party(start: Iterable[Path]) -> dict[str, Path]:
    """Package -> one file that imports it, over everything that the files import in turn."""
    found: dict[str, Path] = {}
    seen: set[Path] = set()
    waiting = list(start)
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for module in imported(ast.parse(path.read_text())):
            package = module.split(".")[0]
            if package == "tollgate":
                waiting += files(module)
            elif package not in OURS | set(sys.stdlib_module_names):
                found[package] = path
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of what is imported when the code runs; imports for the type checker only are not."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        else:
            yield from imported(node)


def files(module: str) -> list[Path]:
    """The file of a module of ours; for `package.module.name` the module's."""
    path = RUNTIME.joinpath(*module.split("."))
    return [
        file
        for file in (path.with_suffix(".py"), path / "__init__.py", path.parent.with_suffix(".py"))
        if file.exists()
    ]
