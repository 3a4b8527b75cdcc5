"""What is held against an answer: every rule looks, and a rule that fails objects.

Pure, like screening of calls: no clock, no store, no network.
"""

import logging
from collections.abc import Callable, Iterable, Mapping

from tollgate.answer.case import AnswerCase, Objection
from tollgate.answer.rules import answer_link, answer_personal_data, answer_secret

Rule = Callable[[AnswerCase], Iterable[Objection]]

RULES: Mapping[str, Rule] = {
    module.RULE: module.object_to for module in (answer_secret, answer_personal_data, answer_link)
}

ADVICE: Mapping[str, str] = {
    answer_secret.RULE: "Never write out a secret, not even in part or in another form.",
    answer_personal_data.RULE: "Write only what the request or a tool's result says, exactly as it stands there.",
    answer_link.RULE: "Leave links and the names of hosts out, or name the thing in words.",
}
"""What the model reads beside a rule's objections."""

SHOWN = 10

_log = logging.getLogger(__name__)


def objections(case: AnswerCase) -> list[Objection]:
    """Everything that any rule objects to. Never raises."""
    return [objection for name, rule in RULES.items() for objection in _heard(name, rule, case)]


def complaint(found: list[Objection]) -> str:
    """What the model must mend, by place and detector; what stands there is not repeated."""
    listed = "\n".join(f"- {objection.as_text()}" for objection in found[:SHOWN])
    advice = "\n".join(dict.fromkeys(ADVICE[one.rule] for one in found if one.rule in ADVICE))
    return f"Your answer holds what it must not:\n{listed}\n{advice}\nAnswer again without it, in the same shape."


def _heard(name: str, rule: Rule, case: AnswerCase) -> list[Objection]:
    try:
        said: object = list(rule(case))
    except Exception as error:
        return [_broken(name, error)]
    if isinstance(said, list) and all(isinstance(one, Objection) for one in said):
        return said
    return [_broken(name, TypeError("objected to nothing that can be understood"))]


def _broken(name: str, error: Exception) -> Objection:
    """Fails closed. The error's text stays out: it may quote the answer."""
    _log.error("answer rule failed", extra={"rule": name, "error": type(error).__name__})
    return Objection(name, "", f"the check {name} failed ({type(error).__name__}), and a check that fails refuses")
