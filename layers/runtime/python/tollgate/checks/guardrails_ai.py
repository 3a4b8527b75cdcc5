"""Kind `guardrails_ai`: a guard on a Guardrails AI server.

The server of guardrails-api 0.4 reads snake case, older ones camel case; the text is sent under both names.
Source: https://github.com/guardrails-ai/guardrails-api (`POST /guards/{id}/validate`, `ValidationOutcome`)
"""

from typing import Any
from urllib.parse import quote

from tollgate.checks.json_server import JsonReply, ask, expect_ok
from tollgate.checks.port import PASSED, CheckFailedError, Word, plain
from tollgate.checks.subject import Subject
from tollgate.models.check import Check


class GuardrailsAI:
    """Passes only what the guard validates as it is. A guard that mends the text has intervened: a call that is not
    the one that was screened must not run."""

    def __init__(self, check: Check) -> None:
        self._url = f"{(check.url or '').rstrip('/')}/guards/{quote(check.guard or '', safe='')}/validate"
        self._secret, self._intervened = check.secret, check.on_intervention

    def check(self, subject: Subject, seconds: float) -> Word:
        text = subject.text
        document = {"llm_output": text, "llmOutput": text, "num_reasks": 0, "numReasks": 0}
        reply = ask(self._url, document, self._secret, seconds)
        if _is_raised_validation(reply):
            return Word(self._intervened, "a validator raised")
        body = expect_ok(reply)
        passed, validated = body.get("validationPassed"), body.get("validatedOutput")
        if not isinstance(passed, bool):
            raise CheckFailedError("its answer has no `validationPassed`")
        if passed and validated == text:
            return PASSED
        if passed and not isinstance(validated, str):
            raise CheckFailedError("its answer has no `validatedOutput`")
        found = _failed_validators(body.get("validationSummaries"))
        named = f" ({', '.join(found)})" if found else ""
        return Word(self._intervened, f"the guard {'changed the text' if passed else 'did not pass it'}{named}", found)


def _is_raised_validation(reply: JsonReply) -> bool:
    """A validator with `on_fail: exception` ends in a 400 that says so; other 400s are errors."""
    return reply.status == 400 and str(reply.body.get("detail", "")).startswith("Validation failed")


def _failed_validators(summaries: Any) -> tuple[str, ...]:
    """The validators' names. Their reasons stay out: they quote what they found."""
    found = [one for one in summaries if isinstance(one, dict)] if isinstance(summaries, list) else []
    names = [plain(one.get("validatorName", "unnamed")) for one in found if one.get("validatorStatus") != "pass"]
    return tuple(dict.fromkeys(names))
