"""Kind `nemo`: the rails of a configuration on a NeMo Guardrails server.

`POST /v1/checks` runs rails without generating anything (nemoguardrails 0.24; Colang 1.0 configurations).
Source: https://docs.nvidia.com/nemo/guardrails/latest/run-guardrailed-inference/using-python-apis/check-messages
"""

from typing import Any

from tollgate.checks.json_server import ask, expect_ok
from tollgate.checks.port import PASSED, CheckFailedError, Word, plain
from tollgate.checks.subject import Subject
from tollgate.models.check import Check

MODEL = "none"
"""The endpoint's schema wants a model's name; rails that ask a model bring their own."""


class NeMoGuardrails:
    """A request goes through the input rails, what the model wrote through the output rails.

    The kind of rail is named in the question: a configuration without such rails then is an error and not a pass.
    """

    def __init__(self, check: Check) -> None:
        self._url = f"{(check.url or '').rstrip('/')}/v1/checks"
        self._config, self._secret, self._intervened = check.config, check.secret, check.on_intervention

    def check(self, subject: Subject, seconds: float) -> Word:
        body = expect_ok(ask(self._url, self._document(subject), self._secret, seconds))
        status, content = body.get("status"), body.get("content")
        if status == "passed" and content == subject.text:
            return PASSED
        if status not in ("passed", "modified", "blocked") or not isinstance(content, str):
            raise CheckFailedError("its answer has no `status` and `content` that a check gives")
        rail = plain(body["rail"]) if isinstance(body.get("rail"), str) else ""
        if status == "blocked":
            return Word(self._intervened, f"a rail blocked it{f' ({rail})' if rail else ''}", (rail,) if rail else ())
        return Word(self._intervened, "a rail changed the text")

    def _document(self, subject: Subject) -> dict[str, Any]:
        role, rails = ("assistant", "output") if subject.is_models_own else ("user", "input")
        return {
            "model": MODEL,
            "messages": [{"role": role, "content": subject.text}],
            "guardrails": {"config_id": self._config, "rail_types": [rails]},
        }
