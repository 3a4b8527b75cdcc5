"""An approval as others than those who decide it may see it: personal values and secrets masked, names and rules not.

The approval in its table stays whole, because what was approved is what runs.
"""

from typing import Any

from tollgate.models.approval import Approval, Decision
from tollgate.models.verdict import Reason
from tollgate.redaction.mask import OPENING, mask
from tollgate.redaction.matcher import Matcher
from tollgate.redaction.of_execution import redactor_of
from tollgate.redaction.redactor import Redactor, secrets_in
from tollgate.store.journal import Journal


def veiled(journal: Journal, approval: Approval) -> Approval:
    """For lists and for Slack. The journal is read only where the agent declares personal fields."""
    shown = without_secrets(approval)
    return _masked(shown, redactor_of(journal, approval.execution_id)) if approval.personal else shown


def without_secrets(approval: Approval) -> Approval:
    """For those who may decide: everything but secrets, which nobody has to read in order to decide."""
    return _masked(approval, Redactor(Matcher(secrets_in(approval.arguments))))


def unveiled(given: Any, shown: Any, whole: Any) -> Any:
    """Edited arguments with the masks that the editor left as they were shown turned back into what they stand for."""
    if given == shown:
        return whole
    if isinstance(given, dict) and isinstance(shown, dict) and isinstance(whole, dict):
        return {key: unveiled(inner, shown.get(key, inner), whole.get(key, inner)) for key, inner in given.items()}
    if isinstance(given, list) and isinstance(shown, list) and len(given) == len(shown) == len(whole):
        return [unveiled(*inner) for inner in zip(given, shown, whole, strict=True)]
    return given


def places_of_masks(arguments: dict[str, Any]) -> list[str]:
    """The arguments that hold a mask: none may run, or a tool would be given the mask for the value."""
    return [name for name, value in arguments.items() if OPENING in str(value) or OPENING in name]


def _masked(approval: Approval, redactor: Redactor) -> Approval:
    arguments = {name: redactor.value(value) for name, value in approval.arguments.items()}
    changed = [name for name, value in arguments.items() if value != approval.arguments[name]]
    hidden = list(dict.fromkeys([*approval.hidden, *changed]))
    return approval.model_copy(
        update={
            "summary": redactor.text(approval.summary),
            "arguments": arguments,
            "origins": redactor.value(approval.origins),
            "reasons": [Reason.model_validate(redactor.value(reason.model_dump())) for reason in approval.reasons],
            "decisions": [_said(decision, approval, arguments, hidden, redactor) for decision in approval.decisions],
            "hidden": hidden,
        }
    )


def _said(
    decision: Decision, approval: Approval, shown: dict[str, Any], hidden: list[str], redactor: Redactor
) -> Decision:
    """A person's word. What they put in the place of a hidden value is hidden too, whatever it is."""
    edited = decision.arguments
    if edited is not None:
        edited = {name: _edited(name, value, approval, shown, hidden, redactor) for name, value in edited.items()}
    reason = redactor.text(decision.reason) if decision.reason else decision.reason
    return decision.model_copy(update={"reason": reason, "arguments": edited})


def _edited(
    name: str, value: Any, approval: Approval, shown: dict[str, Any], hidden: list[str], redactor: Redactor
) -> Any:
    if name not in hidden:
        return redactor.value(value)
    return shown[name] if value == approval.arguments[name] else mask(f"the new value of {name}")
