"""What is wrong with a request, told without what was personal or secret in it."""

import json
from dataclasses import replace
from typing import Any

from tollgate.definitions import pointer as pointers
from tollgate.models.agent import Agent
from tollgate.redaction.matcher import Matcher
from tollgate.redaction.of_records import fields_by, in_input
from tollgate.redaction.personal import masked_at
from tollgate.redaction.redactor import Redactor
from tollgate.screening.schema import GIVEN_CHARACTERS, Violation
from tollgate.screening.text import shown


def told(agent: Agent, given: dict[str, Any], found: list[Violation]) -> list[Violation]:
    """The same violations in the same order; what was given is quoted from the masked request."""
    fields = fields_by(agent)
    redactor = Redactor(Matcher(in_input(fields, given)))
    masked = masked_at(fields.of_input(), given)
    return [_told(violation, masked, redactor) for violation in found]


def _told(violation: Violation, masked: Any, redactor: Redactor) -> Violation:
    quoted = redactor.text(json.dumps(_at(masked, violation.pointer), ensure_ascii=False, default=str))
    return replace(violation, expected=redactor.text(violation.expected), given=shown(quoted, GIVEN_CHARACTERS))


def _at(document: Any, pointer: str) -> Any:
    for part in pointers.split(pointer):
        if isinstance(document, list):
            document = document[int(part)]
        elif isinstance(document, dict):
            document = document[part]
        else:
            return document  # masked further up
    return document
