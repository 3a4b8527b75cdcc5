"""Every write that the product's stores can make, read from their source: what the crash matrix must have rows for."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from tollgate import store
from tollgate.models.record import RecordKind

STORES = Path(next(iter(store.__path__)))
_VERBS = ("SET ", "REMOVE ", "ADD ", "DELETE ")
_HOLE = "\0"

NO_TASK_MAKES_IT = {
    # The API's functions: nothing of an execution runs while they write, and a client repeats a request that died.
    "executions.py request_stop",
    "executions.py set_limits",
    "budgets.py _limit",
    "calls.py decide_request",
    "record stop",
    "record redrive",
    "record approval_decided",
    # The gate's: it decides, sweeps and reminds, and its sweep finishes what it left.
    "approvals.py delivered",
    "approvals.py _decision_request",
    "record approval_notified",
    "due.py claim",
    "due.py next",
    "record approval_reminded",
    # By whoever comes first in a day or month, or meets a zombie: `test_budget_leases` kills there.
    "budgets.py _begin_period",
    "lease_slots.py close_to",
    # A check needs a server beside the stack: `test_checks_*`.
    "record external_check",
}


@dataclass(frozen=True)
class Site:
    """An update expression of a store's method, or a kind of journal record."""

    name: str
    pattern: str

    @property
    def method(self) -> str:
        return self.name.partition(":")[0]

    def __str__(self) -> str:
        return self.name

    def makes(self, write: str) -> bool:
        """Whether this write on the wire is one of the site's."""
        return re.search(self.pattern, write, re.DOTALL) is not None


def sites() -> list[Site]:
    """All of them but those that no task makes."""
    found = [*_expressions(), *_records()]
    names = {name for site in found for name in (site.name, site.method)}
    assert names >= NO_TASK_MAKES_IT, f"no such write: {sorted(NO_TASK_MAKES_IT - names)}"
    return [site for site in found if not {site.name, site.method} & NO_TASK_MAKES_IT]


def _records() -> Iterator[Site]:
    for kind in get_args(RecordKind):
        yield Site(f"record {kind}", re.escape(f'"kind": {{"S": "{kind}"}}'))


def _expressions() -> Iterator[Site]:
    for path in sorted(STORES.glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for text in _texts(function):
                    # Table's own name is in the request, and the expression is the last thing in it.
                    whole = text.removesuffix(f", {_HOLE}") + (_HOLE if text.endswith(f", {_HOLE}") else "")
                    pattern = ".*".join(re.escape(part) for part in whole.split(_HOLE))
                    name = f"{path.name} {function.name}: {' '.join(text.split()[:4])}".replace(_HOLE, "")
                    yield Site(name, rf"}} {pattern}$|}} {pattern};")


def _texts(function: ast.FunctionDef) -> list[str]:
    """The update expressions that are written in the function, with a hole for whatever is put in."""
    inner = {id(part) for node in ast.walk(function) if isinstance(node, ast.JoinedStr) for part in node.values}
    texts = [_text(node) for node in ast.walk(function) if id(node) not in inner]
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(text := _text(node.left), str):
            texts[texts.index(text)] = text + _HOLE
    return [text for text in texts if text is not None and text.startswith(_VERBS)]


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else _HOLE for part in node.values)
    return None
