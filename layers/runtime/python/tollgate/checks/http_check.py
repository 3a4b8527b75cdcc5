"""Kind `http`: a server of your own. It reads the subject as JSON and answers run, ask or refuse."""

from tollgate.checks.json_server import ask, expect_ok
from tollgate.checks.port import CheckFailedError, Word, plain
from tollgate.checks.subject import Subject
from tollgate.models.check import Check


class HttpCheck:
    """POSTs the subject to `url`; a 200 with `{"verdict": "run" | "ask" | "refuse", "message"?}` is an answer."""

    def __init__(self, check: Check) -> None:
        self._url, self._secret = check.url or "", check.secret

    def check(self, subject: Subject, seconds: float) -> Word:
        body = expect_ok(ask(self._url, subject.document, self._secret, seconds))
        verdict, message = body.get("verdict"), body.get("message") or ""
        if not isinstance(message, str):
            raise CheckFailedError("its `message` is no text")
        match verdict:
            case "run" | "ask" | "refuse":
                return Word(verdict, plain(message))
        raise CheckFailedError("its `verdict` is none of run, ask, refuse")
