"""A YAML syntax error in words: line, what was found there, and what to write instead."""

from typing import Any

import yaml

from tollgate.definitions.problem import Problem

_ADVICE = (
    ("mapping values are not allowed", 'a text that contains ": " in quotes, and each key on its own line'),
    ("could not find expected ':'", "`key: value`, with a colon and a space"),
    ("undefined alias", "the value itself"),
    ("unexpected end of stream", "the closing quote"),
    ("did not find expected key", "keys of one mapping in the same column, and a quote inside quotes doubled"),
    ("did not find expected node content", "a value, or the closing bracket"),
    ("expected ',' or ']'", "a comma between items and `]` at the end of the list"),
    ("expected ',' or '}'", "a comma between entries and `}` at the end of the mapping"),
    ("expected <block end>", "keys of one mapping in the same column"),
    ("expected the node content", "a value, or the closing bracket"),
    ("block sequence entries are not allowed", "the list on the lines below its key"),
    ("unknown escape character", "the text in single quotes, or a doubled backslash"),
    ("cannot start any token", "the value in quotes"),
)


def explain(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """The problem at the line where the parser gave up; at the end of the file, where the open part began."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return _unreadable(error, text, file)
    if _tabbed(text, mark.line):
        return Problem(file, mark.line + 1, 1, "", "the line is indented with a tab", "spaces only")
    lines = max(1, len(text.splitlines()))
    if mark.line >= lines:
        mark = getattr(error, "context_mark", None) or mark
    line, column = min(mark.line + 1, lines), mark.column + 1
    found = str(getattr(error, "problem", None) or "the line cannot be read")
    found = found.replace("'\\t'", "a tab")
    return Problem(file, line, column, "", f"this is not valid YAML: {found}", _advice(found))


def _unreadable(error: Any, text: str, file: str) -> Problem:
    """A character that YAML does not allow at all, such as NUL; the reader knows only its offset."""
    offset = min(int(getattr(error, "position", 0) or 0), len(text))
    line = text.count("\n", 0, offset) + 1
    code = getattr(error, "character", None)
    shown = f"U+{code:04X}" if isinstance(code, int) else "a control character"
    return Problem(file, line, 1, "", f"the file contains {shown}, which YAML does not allow", "the text without it")


def _tabbed(text: str, line: int) -> bool:
    lines = text.splitlines()
    found = lines[line] if line < len(lines) else ""
    return "\t" in found[: len(found) - len(found.lstrip())]


def _advice(found: str) -> str:
    for part, advice in _ADVICE:
        if part in found:
            return advice
    return "this line again, with matching quotes, brackets and indentation"
