"""Whether a pattern can take exponential time: `^(a+)+$` needs 2 seconds for 26 characters in a backtracking engine.

A pattern is exponential when some state of its automaton can read one word in two ways and be back where it was
(Weideman et al., "Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers", 2016). The
automaton is Glushkov's, one state per character of the pattern; an edge that two loops make counts twice.
Python's parser takes alternatives of single characters, `(a|a)*`, as one set, so those are not told.
jsonschema-rs is immune, but providers and browsers that read the same schema are not.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

op: Any = import_module("re._constants")
parser: Any = import_module("re._parser")
"""The interpreter's own reading of a pattern; it has no public name and no types."""

MAX_STATES = 150
MAX_LENGTH = 1_000
COPIES = 8
"""A counted repeat of at most so many rounds is written out; one of more is taken as endless."""

Ranges = tuple[tuple[int, int], ...]
_LAST = 0x10FFFF
_CATEGORIES: dict[Any, Ranges] = {
    op.CATEGORY_DIGIT: ((48, 57),),
    op.CATEGORY_SPACE: ((9, 13), (32, 32), (160, 160)),
    op.CATEGORY_WORD: ((48, 57), (65, 90), (95, 95), (97, 122)),
}
_NEGATED = {
    op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
    op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
    op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
}


class TooComplexError(ValueError):
    """The pattern has more states than are worth analysing."""


@dataclass(frozen=True)
class _Part:
    """A piece of the pattern: can it be empty, which states begin it, which end it."""

    nullable: bool
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()


@dataclass
class _Automaton:
    """Glushkov's automaton; `edges` counts how many ways lead from one state to the next."""

    reads: list[Ranges] = field(default_factory=list)
    edges: Counter[tuple[int, int]] = field(default_factory=Counter)

    def state(self, ranges: Ranges) -> _Part:
        if len(self.reads) >= MAX_STATES:
            raise TooComplexError(f"more than {MAX_STATES} states")
        self.reads.append(ranges)
        state = len(self.reads) - 1
        return _Part(False, (state,), (state,))

    def joined(self, left: _Part, right: _Part) -> _Part:
        self._link(left.last, right.first)
        return _Part(
            left.nullable and right.nullable,
            left.first + right.first if left.nullable else left.first,
            left.last + right.last if right.nullable else right.last,
        )

    def looped(self, part: _Part) -> _Part:
        self._link(part.last, part.first)
        return part

    def _link(self, sources: Iterable[int], targets: tuple[int, ...]) -> None:
        for source in sources:
            for target in targets:
                self.edges[source, target] += 1


def is_exponential(pattern: str) -> bool:
    """Whether some text makes a backtracking engine double its work per character.

    Raises `re.error` for what is not a pattern and `TooComplexError` for one too large to tell.
    """
    if len(pattern) > MAX_LENGTH:
        raise TooComplexError(f"longer than {MAX_LENGTH:,} characters")
    automaton = _Automaton()
    _sequence(automaton, parser.parse(pattern))
    component = _components(len(automaton.reads), automaton.edges)
    inner = {edge: count for edge, count in automaton.edges.items() if component[edge[0]] == component[edge[1]]}
    return any(count > 1 for count in inner.values()) or _ambiguous(automaton, inner)


def needs_backtracking(pattern: str) -> bool:
    """Whether the pattern looks around or refers back, which no linear-time engine can do."""
    return any(node in str(parser.parse(pattern)) for node in ("GROUPREF", "ASSERT"))


def _ambiguous(automaton: _Automaton, edges: Iterable[tuple[int, int]]) -> bool:
    """Whether two different paths read the same word from a state back to itself: a mixed pair of states shares
    its strongly connected component with a pair of equal ones."""
    follow: dict[int, list[int]] = {}
    for source, target in edges:
        follow.setdefault(source, []).append(target)
    numbers = {(state, state): index for index, state in enumerate(follow)}
    pending, pairs = list(numbers), set()
    while pending:
        left, right = pending.pop()
        for step in ((a, b) for a in follow.get(left, ()) for b in follow.get(right, ())):
            if _overlap(automaton.reads[step[0]], automaton.reads[step[1]]):
                if step not in numbers:
                    numbers[step] = len(numbers)
                    pending.append(step)
                pairs.add((numbers[left, right], numbers[step]))
    component = _components(len(numbers), pairs)
    same = {component[number] for (left, right), number in numbers.items() if left == right}
    return any(component[number] in same for (left, right), number in numbers.items() if left != right)


def _components(size: int, edges: Iterable[tuple[int, int]]) -> list[int]:
    """The strongly connected component of each node (Kosaraju, without recursion)."""
    forward: list[list[int]] = [[] for _ in range(size)]
    backward: list[list[int]] = [[] for _ in range(size)]
    for source, target in edges:
        forward[source].append(target)
        backward[target].append(source)
    component = [-1] * size
    for root in reversed(_finished(forward)):
        pending = [root] if component[root] < 0 else []
        while pending:
            node = pending.pop()
            if component[node] < 0:
                component[node] = root
                pending.extend(backward[node])
    return component


def _finished(forward: list[list[int]]) -> list[int]:
    """Nodes in the order in which a depth-first search leaves them."""
    seen, order = [False] * len(forward), []
    for root in range(len(forward)):
        pending = [(root, False)]
        while pending:
            node, leaving = pending.pop()
            if leaving:
                order.append(node)
            elif not seen[node]:
                seen[node] = True
                pending.append((node, True))
                pending.extend((after, False) for after in forward[node])
    return order


def _sequence(automaton: _Automaton, nodes: Iterable[Any]) -> _Part:
    whole = _Part(True)
    for node in nodes:
        whole = automaton.joined(whole, _node(automaton, *node))
    return whole


def _node(automaton: _Automaton, code: Any, value: Any) -> _Part:
    if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return _repeat(automaton, *value)
    if code is op.BRANCH:
        return _branch(automaton, value[1])
    if code is op.SUBPATTERN:
        return _sequence(automaton, value[3])
    if code is op.ATOMIC_GROUP:
        return _sequence(automaton, value)
    if code in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
        return automaton.state(_ranges(code, value))
    return _Part(True)


def _branch(automaton: _Automaton, options: Iterable[Any]) -> _Part:
    parts = [_sequence(automaton, option) for option in options]
    return _Part(
        any(part.nullable for part in parts),
        tuple(state for part in parts for state in part.first),
        tuple(state for part in parts for state in part.last),
    )


def _repeat(automaton: _Automaton, least: Any, most: Any, body: Any) -> _Part:
    if int(most) <= COPIES:
        whole = _Part(True)
        for index in range(int(most)):
            part = _sequence(automaton, body)
            whole = automaton.joined(whole, part if index < least else _Part(True, part.first, part.last))
        return whole
    part = automaton.looped(_sequence(automaton, body))
    return _Part(part.nullable or int(least) == 0, part.first, part.last)


def _ranges(code: Any, value: Any) -> Ranges:
    if code is op.LITERAL:
        return ((value, value),)
    if code is op.NOT_LITERAL:
        return _complement(((value, value),))
    if code is op.ANY:
        return ((0, _LAST),)
    inverted = bool(value) and value[0][0] is op.NEGATE
    found = tuple(piece for node in value if node[0] is not op.NEGATE for piece in _members(*node))
    return _complement(found) if inverted else found


def _members(code: Any, value: Any) -> Ranges:
    if code is op.RANGE:
        return ((value[0], value[1]),)
    if code is op.CATEGORY:
        return _complement(_CATEGORIES[_NEGATED[value]]) if value in _NEGATED else _CATEGORIES[value]
    return ((value, value),)


def _complement(ranges: Ranges) -> Ranges:
    result, start = [], 0
    for low, high in sorted(ranges):
        if low > start:
            result.append((start, low - 1))
        start = max(start, high + 1)
    return (*result, (start, _LAST)) if start <= _LAST else tuple(result)


def _overlap(left: Ranges, right: Ranges) -> bool:
    return any(a <= d and c <= b for a, b in left for c, d in right)


def compiles(pattern: str) -> str | None:
    """None when Python's engine reads the pattern, else its complaint."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return None
