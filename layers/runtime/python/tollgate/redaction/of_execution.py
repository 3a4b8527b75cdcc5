"""The redactor of one execution, from its journal alone.

Kept for the life of the process, because a journal only grows: a page of the trace reads what is new since the last.
"""

from collections import OrderedDict
from weakref import WeakKeyDictionary

from tollgate.admission.record import RECORD as ADMISSION
from tollgate.redaction.matcher import Matcher
from tollgate.redaction.of_records import fields_in, in_input, in_result
from tollgate.redaction.personal import PersonalFields
from tollgate.redaction.redactor import SECRETS_ALONE, Redactor
from tollgate.store.journal import Journal

KEPT_EXECUTIONS = 64


class _Known:
    """What was read so far of one execution; `step` is the last one that results were read of."""

    def __init__(self, fields: PersonalFields, values: dict[str, str]) -> None:
        self.fields, self.values, self.step = fields, values, 0
        self.redactor = Redactor(Matcher(values))

    def learn(self, values: dict[str, str]) -> None:
        """The first field that a value was found in names it."""
        if values.keys() - self.values.keys():
            self.values = values | self.values
            self.redactor = Redactor(Matcher(self.values))


_known: WeakKeyDictionary[Journal, OrderedDict[str, _Known]] = WeakKeyDictionary()


def redactor_of(journal: Journal, execution_id: str) -> Redactor:
    """Masks secrets and every personal value that the execution has seen until now."""
    known = _of(journal, execution_id)
    return known.redactor if known else SECRETS_ALONE


def fields_of(journal: Journal, execution_id: str) -> PersonalFields:
    """The personal fields of the execution; none before it was admitted."""
    known = _of(journal, execution_id)
    return known.fields if known else PersonalFields()


def _of(journal: Journal, execution_id: str) -> _Known | None:
    kept = _known.setdefault(journal, OrderedDict())
    known = kept.get(execution_id) or _opened(journal, execution_id)
    if known is None:
        return None
    kept[execution_id] = known
    kept.move_to_end(execution_id)
    if len(kept) > KEPT_EXECUTIONS:
        kept.popitem(last=False)
    if known.fields:
        _read_on(journal, execution_id, known)
    return known


def _opened(journal: Journal, execution_id: str) -> _Known | None:
    record = journal.read(execution_id, ADMISSION)
    if record is None:
        return None
    fields = fields_in(record.body)
    return _Known(fields, in_input(fields, record.body.get("input", {})))


def _read_on(journal: Journal, execution_id: str, known: _Known) -> None:
    """The results since; those of the last step again, because some of them may have come later."""
    found: dict[str, str] = {}
    for record in journal.of_execution(execution_id, from_step=known.step):
        if record.kind == "result":
            found |= in_result(known.fields, record)
            known.step = max(known.step, record.step)
    known.learn(found)
