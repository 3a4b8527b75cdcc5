"""A decision record as the trace shows it: personal places masked whole, and everywhere the values that were there."""

import json
from dataclasses import dataclass
from typing import Any

from tollgate.models.record import Record
from tollgate.redaction.matcher import Matcher
from tollgate.redaction.personal import Field, PersonalFields, masked_at
from tollgate.redaction.redactor import Redactor, secrets_in


@dataclass(frozen=True)
class Masked:
    """What is personal in one execution; one per page of its trace."""

    fields: PersonalFields
    redactor: Redactor

    def record(self, record: Record) -> Record:
        """The record for a reader. What a text shows cut is known from the whole value beside it."""
        body = self._at_its_places(record)
        secrets = secrets_in(body)
        own = Redactor(Matcher(secrets), detects=False) if secrets else None
        shown = self.redactor.value(own.value(body) if own else body)
        return record.model_copy(update={"body": shown})

    def _at_its_places(self, record: Record) -> dict[str, Any]:
        """Where a value stands in its own place it is masked however short it is, and however common."""
        body = record.body
        if record.kind == "admission" and self.fields:
            return body | {"input": masked_at(self.fields.of_input(), body["input"])}
        if record.kind == "result" and self.fields:
            fields = self.fields.of_output(body["by"])
            return body | {"value": masked_at(fields, body["value"]), "text": _masked_text(fields, body["text"])}
        return body


def _masked_text(fields: list[Field], text: str) -> str:
    """The model reads the output as JSON on the first line, and notes in words below."""
    first, line_end, notes = text.partition("\n")
    try:
        output = json.loads(first)
    except ValueError:
        return text
    shown = masked_at(fields, output)
    return text if shown == output else json.dumps(shown, ensure_ascii=False) + line_end + notes
