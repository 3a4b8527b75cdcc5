"""What is personal in one execution, told from its journal's records: the request, and what tools returned. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tollgate.models.agent import Agent
from tollgate.models.call import PersonalData
from tollgate.models.record import Record
from tollgate.redaction.compact import lowered
from tollgate.redaction.matcher import COMPARED
from tollgate.redaction.personal import Field, PersonalFields, values_at
from tollgate.redaction.redactor import secrets_in

TOLD_CHARACTERS = 24_000
"""Of personal values that a call's item carries to its tool, those of its own arguments first."""
LOOKED_THROUGH = 1_000


@dataclass(frozen=True)
class Seen:
    """The declared fields, and what was found there so far: value -> label. Secrets of the request are with them."""

    fields: PersonalFields = field(default_factory=PersonalFields)
    values: dict[str, str] = field(default_factory=dict)

    def about(self, tool: str, arguments: Any) -> PersonalData:
        """What a tool must know to keep its log clean: values until now, and where its output has more."""
        if not self.fields:
            return PersonalData()
        return PersonalData(
            declared=True,
            values=_most_needed(self.values, arguments),
            output=[(found.label, list(found.parts)) for found in self.fields.of_output(tool)],
            documents={found.parts[0]: found.label for found in self.fields.of_input() if len(found.parts) == 1},
        )


def seen_in(records: Iterable[Record]) -> Seen:
    """From all records of an execution, in any order."""
    listed = list(records)
    admission = next((record for record in listed if record.kind == "admission"), None)
    if admission is None:
        return Seen()
    fields = fields_in(admission.body)
    values = in_input(fields, admission.body.get("input", {}))
    for record in listed if fields else ():
        if record.kind == "result":
            values |= in_result(fields, record)
    return Seen(fields, values)


def fields_in(admission: dict[str, Any]) -> PersonalFields:
    """As the admission record has them; one from before they were recorded has none."""
    return PersonalFields(tuple(admission.get("personal_fields", ())), frozenset(admission.get("tools", ())))


def fields_by(agent: Agent) -> PersonalFields:
    """For a request that has no record yet."""
    return PersonalFields(tuple(agent.personal_fields), frozenset(agent.tools))


def in_input(fields: PersonalFields, given: dict[str, Any]) -> dict[str, str]:
    """Secrets count as values too: whoever quotes the request may cut it off in the middle of one."""
    return values_at(fields.of_input(), given) | secrets_in(given)


def in_result(fields: PersonalFields, record: Record) -> dict[str, str]:
    """What the tool that answered has in its personal places."""
    return values_at(fields.of_output(record.body["by"]), record.body["value"])


def output_fields(about: PersonalData) -> list[Field]:
    """The places in the output of a call."""
    return [Field(label, tuple(parts)) for label, parts in about.output]


def _most_needed(values: dict[str, str], arguments: Any) -> dict[str, str]:
    """Those of the arguments, then the newest, as far as there is room; of a long text what finding it takes."""
    written = lowered(str(arguments))
    newest = [(value[:COMPARED], label) for value, label in [*values.items()][: -LOOKED_THROUGH - 1 : -1]]
    newest.sort(key=lambda pair: lowered(pair[0]) not in written)
    told: dict[str, str] = {}
    room = TOLD_CHARACTERS
    for value, label in newest:
        if (room := room - len(value)) < 0:
            break
        told[value] = label
    return told
