"""Guards for a Guardrails AI server: one validator written here, so nothing is downloaded and no model is asked."""

from typing import Any

from guardrails import Guard
from guardrails.validators import FailResult, PassResult, ValidationResult, Validator, register_validator

WORD = "forbidden-word"


@register_validator(name="tests/no_forbidden_word", data_type="string")
class NoForbiddenWord(Validator):  # type: ignore[misc]
    """Fails on the word, and knows what to write instead."""

    def validate(self, value: Any, metadata: dict[str, Any]) -> ValidationResult:
        if WORD in str(value):
            return FailResult(error_message=f"found {WORD}", fix_value=str(value).replace(WORD, "***"))
        return PassResult()


noticing = Guard(id="noticing", name="noticing").use(NoForbiddenWord(on_fail="noop"))
mending = Guard(id="mending", name="mending").use(NoForbiddenWord(on_fail="fix"))
raising = Guard(id="raising", name="raising").use(NoForbiddenWord(on_fail="exception"))
