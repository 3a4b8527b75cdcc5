"""Masks what may not be in a sink: secrets by their form, this process's own secrets, and an execution's personal data.

What is masked is decided by value, so a copy in an argument, a reason or an error message is masked like the original.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tollgate.detection.detect import detect_secrets
from tollgate.detection.detector import Finding
from tollgate.redaction import known_secrets
from tollgate.redaction.mask import OPENING, mask
from tollgate.redaction.matcher import LEAST, Hit, Matcher, joined
from tollgate.redaction.written_forms import as_written

MAX_DEPTH = 100
_SECRET_KEY = re.compile(
    r"(?:.*[_-]|.*(?=[A-Z]))?(?i:password|passwd|passphrase|secret|api[_-]?key|secret[_-]?(?:access[_-]?)?key"
    r"|access[_-]?token|auth[_-]?token|refresh[_-]?token|bot[_-]?token|private[_-]?key|client[_-]?secret|authorization)"
)
"""A key that names what it holds; `password` alone says nothing in a sentence, but as a key it does."""


@dataclass(frozen=True)
class Redactor:
    """`personal`: the values of declared fields, with their labels. Without any, secrets alone are masked."""

    personal: Matcher = field(default_factory=lambda: Matcher({}))
    detects: bool = True
    """Whether secrets are looked for by their form."""

    def text(self, text: str) -> str:
        """The text with a mask in place of each finding; the same text if there is none."""
        hits = self._hits(text)
        if not hits:
            return text
        parts, end = [], 0
        for hit in hits:
            parts += [text[end : hit.start], mask(hit.label)]
            end = hit.end
        return "".join([*parts, text[end:]])

    def value(self, value: Any, depth: int = 0) -> Any:
        """A JSON value with its texts masked, keys too, and numbers that are a personal value."""
        if depth > MAX_DEPTH:
            return mask("nested too deeply to be looked at")
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return dict(self._members(value, depth))
        if isinstance(value, list | tuple):
            return [self.value(inner, depth + 1) for inner in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            written = as_written(value)
            shown = self.text(written)
            return value if shown == written else shown
        return value

    def _members(self, members: Mapping[Any, Any], depth: int) -> Iterator[tuple[str, Any]]:
        """Two keys that are masked alike get a number, so that neither member is lost."""
        seen: dict[str, int] = {}
        for key, inner in members.items():
            shown = self.text(str(key))
            seen[shown] = seen.get(shown, 0) + 1
            name = shown if seen[shown] == 1 else f"{shown} ({seen[shown]})"
            yield name, self._member(str(key), inner, depth)

    def _member(self, key: str, inner: Any, depth: int) -> Any:
        shown = self.value(inner, depth + 1)
        is_whole = shown == inner and not str(inner).startswith(OPENING)
        return mask("password") if self.detects and is_whole and _is_named_secret(key, inner) else shown

    def _detected(self, text: str) -> list[Finding]:
        return detect_secrets(text) if self.detects else []

    def _hits(self, text: str) -> list[Hit]:
        secrets = [Hit(found.start, found.end, found.detector) for found in self._detected(text)]
        found = sorted([*secrets, *known_secrets.matcher().hits(text), *self.personal.hits(text)])
        return list(joined(found))


def secrets_in(value: Any, depth: int = 0) -> dict[str, str]:
    """Every secret in a JSON value with its detector's name: as values they are found where they were cut off, too."""
    if isinstance(value, str):
        return {value[found.start : found.end]: found.detector for found in detect_secrets(value)}
    if depth > MAX_DEPTH or not isinstance(value, Mapping | list | tuple):
        return {}
    found: dict[str, str] = {}
    for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
        found |= secrets_in(inner, depth + 1)
        if _is_named_secret(str(key), inner):
            found.setdefault(inner, "password")
    return found


def _is_named_secret(key: str, inner: Any) -> bool:
    return isinstance(inner, str) and len(inner) >= LEAST and bool(_SECRET_KEY.fullmatch(key))


SECRETS_ALONE = Redactor()
"""For where no execution is known."""
_OWN_SECRETS = Redactor(detects=False)


def without_own_secrets(value: Any) -> Any:
    """For what a tool returns: the model may need a key that a document holds, and never one of Secrets Manager."""
    return _OWN_SECRETS.value(value) if known_secrets.matcher() else value
