"""CloudFormation's functions. The ordinary ones are evaluated; every other one is refused by name."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from local.template.unsupported import UnsupportedTemplateError

_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")
_NO_VALUE = object()


class Names(Protocol):
    """What a template's functions are evaluated against."""

    path: str
    document: dict[str, Any]

    def ref(self, name: str) -> Any: ...

    def attribute(self, logical_id: str, attribute: str) -> Any: ...


def resolve(value: Any, names: Names) -> Any:
    """The value with every function evaluated; members whose value is `AWS::NoValue` are gone."""
    resolved = _resolve(value, names)
    return None if resolved is _NO_VALUE else resolved


def condition_holds(name: str, names: Names) -> bool:
    """Whether a condition of the template's `Conditions` section holds."""
    conditions = names.document.get("Conditions", {})
    if name not in conditions:
        raise UnsupportedTemplateError(f"{names.path}: there is no condition {name!r}")
    return _holds(conditions[name], names)


def function_of(value: Any) -> str | None:
    """The function's name if the value is a call of one, known or not."""
    if isinstance(value, dict):
        for key in value:
            if isinstance(key, str) and (key == "Ref" or key.startswith("Fn::")):
                return key
    return None


def _resolve(value: Any, names: Names) -> Any:
    if isinstance(value, list):
        return [item for item in (_resolve(item, names) for item in value) if item is not _NO_VALUE]
    if not isinstance(value, dict):
        return value
    function = function_of(value)
    if function is None:
        members = {key: _resolve(member, names) for key, member in value.items()}
        return {key: member for key, member in members.items() if member is not _NO_VALUE}
    if function not in FUNCTIONS or len(value) != 1:
        raise UnsupportedTemplateError(f"{names.path}: the local stack cannot evaluate {function} in {value!r}")
    return FUNCTIONS[function](value[function], names)


def _ref(argument: Any, names: Names) -> Any:
    return _NO_VALUE if argument == "AWS::NoValue" else names.ref(argument)


def _get_att(argument: Any, names: Names) -> Any:
    logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return names.attribute(logical_id, _resolve(attribute, names))


def _join(argument: Any, names: Names) -> str:
    delimiter, parts = argument
    return str(delimiter).join(str(part) for part in _resolve(parts, names))


def _select(argument: Any, names: Names) -> Any:
    index, values = _resolve(argument, names)
    try:
        return values[int(index)]
    except IndexError:
        raise UnsupportedTemplateError(f"{names.path}: Fn::Select {index} is outside of {values!r}") from None


def _split(argument: Any, names: Names) -> list[str]:
    delimiter, text = _resolve(argument, names)
    return str(text).split(delimiter)


def _sub(argument: Any, names: Names) -> str:
    text, written = (argument, {}) if isinstance(argument, str) else argument
    given: Mapping[str, Any] = _resolve(written, names)

    def value(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return f"${{{name}}}"
        if name in given:
            return str(given[name])
        return str(_get_att(name, names) if "." in name else names.ref(name))

    return _VARIABLE.sub(value, text)


def _if(argument: Any, names: Names) -> Any:
    condition, then, otherwise = argument
    return _resolve(then if condition_holds(condition, names) else otherwise, names)


def _find_in_map(argument: Any, names: Names) -> Any:
    mapping, first, second = _resolve(argument, names)
    try:
        return names.document["Mappings"][mapping][first][second]
    except KeyError:
        raise UnsupportedTemplateError(f"{names.path}: there is no mapping {mapping}.{first}.{second}") from None


def _base64(argument: Any, names: Names) -> str:
    return base64.b64encode(str(_resolve(argument, names)).encode()).decode()


def _holds(condition: Any, names: Names) -> bool:
    function = next(iter(condition)) if isinstance(condition, dict) and len(condition) == 1 else repr(condition)
    if function not in CONDITION_FUNCTIONS:
        raise UnsupportedTemplateError(f"{names.path}: the local stack cannot evaluate the condition {function}")
    return CONDITION_FUNCTIONS[function](condition[function], names)


def _equals(argument: Any, names: Names) -> bool:
    left, right = _resolve(argument, names)
    return str(left) == str(right)


FUNCTIONS: Mapping[str, Callable[[Any, Names], Any]] = {
    "Fn::Base64": _base64,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Ref": _ref,
}

CONDITION_FUNCTIONS: Mapping[str, Callable[[Any, Names], bool]] = {
    "Condition": lambda argument, names: condition_holds(argument, names),
    "Fn::And": lambda argument, names: all(_holds(item, names) for item in argument),
    "Fn::Equals": _equals,
    "Fn::Not": lambda argument, names: not _holds(argument[0], names),
    "Fn::Or": lambda argument, names: any(_holds(item, names) for item in argument),
}
