"""Which value a YAML scalar is: the YAML 1.2 core schema, so that JSON reads as JSON and `NO` stays a country.

PyYAML's own resolver is YAML 1.1: `1e5` is text there, `on` is true, `1:30` is ninety and a date is no JSON value.
"""

import re

MAX_INTEGER = 2**53 - 1
"""Past this, JSON readers disagree (RFC 8259, section 6) and RFC 8785 has no form."""

_CONSTANTS = {"": None, "~": None} | dict.fromkeys(("null", "Null", "NULL"))
_BOOLEANS = dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_PREFIXED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class ScalarError(ValueError):
    """A scalar that has no JSON value; `advice` says what to write."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


def plain(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar. Raises `ScalarError` for numbers that JSON cannot carry."""
    if text in _CONSTANTS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text) or _PREFIXED.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _NOT_FINITE.fullmatch(text):
        raise ScalarError(f"{text} is not a number in JSON", "a finite number")
    return text


def _integer(text: str) -> int:
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits.isdigit():
        raise ScalarError(
            f"the number {_cut(text)} starts with a zero", f'"{_cut(text)}" in quotes if it is a code, or no zero'
        )
    value = int(text, 0) if len(text) <= 20 else MAX_INTEGER + 1
    if abs(value) > MAX_INTEGER:
        raise ScalarError(
            f"the integer {_cut(text)} is beyond 2^53, where JSON readers disagree", "it in quotes, as text"
        )
    return value


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ScalarError(f"the number {_cut(text)} is too large for JSON", "a number below 1.8e308")
    return value


def _cut(text: str) -> str:
    return text if len(text) <= 24 else text[:21] + "..."
