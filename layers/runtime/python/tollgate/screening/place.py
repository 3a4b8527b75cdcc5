"""Where in a call something stands, in words that a manifest wrote: a card quotes nothing of the model's own."""

import re
from collections.abc import Iterable

from tollgate.definitions import pointer
from tollgate.models.tool import Tool
from tollgate.screening import sinks
from tollgate.screening.sinks import Value
from tollgate.screening.text import OWN_NAME

MOST = 6
"""More places than this are counted: the card shows every argument with its origin."""
_INDEX = re.compile(r"[0-9]{1,6}", re.ASCII)


def place(tool: Tool, value: Value) -> str:
    """The value's JSON Pointer; a key that the schema does not declare is text of the model's, and left out."""
    known = sinks.declared_names(tool, value.argument) | {value.argument}
    steps = pointer.split(value.pointer)
    return pointer.join([step if step in known or _INDEX.fullmatch(step) else OWN_NAME for step in steps])


def places(tool: Tool, values: Iterable[Value]) -> str:
    """Those of several values, each once."""
    return listed([place(tool, value) for value in values])


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`; past the sixth the rest is counted."""
    each = list(dict.fromkeys(words))
    shown, more = each[:MOST], len(each) - MOST
    last = f"{more} more" if more > 0 else shown.pop()
    return f"{', '.join(shown)} and {last}" if shown else last
