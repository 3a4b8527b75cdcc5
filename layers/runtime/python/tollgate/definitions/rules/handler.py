"""The handler defines what the wrapper will call. It is read, never run."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tollgate.definitions.load import ToolFile
from tollgate.definitions.problem import Problem

_SIGNATURES = {"handle": "def handle(arguments, call):", "verify": "def verify(arguments, call):"}


def problems(tool: ToolFile) -> Iterator[Problem]:
    """`handle` for every tool with code, `verify` for `on_retry: verify`, both with two arguments."""
    path = tool.folder / "handler.py"
    if tool.manifest.kind != "lambda" or not path.is_file():
        if tool.manifest.on_retry == "verify":
            message = "`on_retry: verify` needs a handler.py with `def verify`"
            yield tool.source.problem("/on_retry", message, "`keyed` or `never`, or kind lambda")
        return
    try:
        module = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        yield Problem(str(path), line, 1, "", f"this is not valid Python ({error.args[0]})", "the line again")
        return
    yield from _function(tool, path, module, "handle", None)
    if tool.manifest.on_retry == "verify":
        yield from _function(tool, path, module, "verify", "/on_retry")


def _function(tool: ToolFile, path: Path, module: ast.Module, name: str, pointer: str | None) -> Iterator[Problem]:
    found = [
        node for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    imported = any(name in _imports(node) for node in module.body)
    if not found and not imported:
        message = f"{path.name} has no function `{name}`"
        if pointer:
            yield tool.source.problem(pointer, f"`on_retry: verify`, but {message}", f"`{_SIGNATURES[name]}` in {path}")
        else:
            yield Problem(str(path), 1, 1, "", message, f"`{_SIGNATURES[name]}`")
    for node in found[-1:]:
        if isinstance(node, ast.AsyncFunctionDef):
            yield Problem(str(path), node.lineno, 1, "", f"`{name}` is async", f"`{_SIGNATURES[name]}`")
        elif not _takes_two(node.args):
            yield Problem(
                str(path), node.lineno, 1, "", f"`{name}` does not take two arguments", f"`{_SIGNATURES[name]}`"
            )


def _imports(node: ast.stmt) -> set[str]:
    """Names that a statement binds without `def`: an import or an assignment."""
    if isinstance(node, ast.ImportFrom | ast.Import):
        return {alias.asname or alias.name for alias in node.names}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    return set()


def _takes_two(arguments: ast.arguments) -> bool:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    needed = positional - len(arguments.defaults)
    keyword_only = any(default is None for default in arguments.kw_defaults)
    return not keyword_only and needed <= 2 and (positional >= 2 or arguments.vararg is not None)
