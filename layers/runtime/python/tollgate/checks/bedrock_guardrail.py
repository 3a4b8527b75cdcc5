"""Kind `bedrock_guardrail`: Amazon Bedrock Guardrails by `ApplyGuardrail`, without a model.

The SDK signs and parses; the request itself is sent by `exchange`, because the SDK would read an answer of any size.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html
"""

import os
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from tollgate.checks import exchange
from tollgate.checks.json_server import read_object
from tollgate.checks.port import PASSED, CheckFailedError, Word, plain
from tollgate.checks.subject import Subject
from tollgate.models.check import Check

_lock = threading.Lock()  # boto3 is not thread-safe while it creates clients, and checks run side by side
_time = threading.local()


class BedrockGuardrail:
    """Passes on `NONE`. A guardrail that masks has intervened: the masked text is not what would run."""

    def __init__(self, check: Check) -> None:
        self._guardrail, self._version = check.guardrail or "", check.version or ""
        self._region, self._intervened = check.region, check.on_intervention

    def check(self, subject: Subject, seconds: float) -> Word:
        _time.seconds = seconds
        answer = self._apply(subject)
        match answer.get("action"):
            case "NONE":
                return PASSED
            case "GUARDRAIL_INTERVENED":
                found = tuple(dict.fromkeys(_findings(answer.get("assessments"))))
                named = f" ({', '.join(found)})" if found else ""
                return Word(self._intervened, f"the guardrail intervened{named}", found)
        raise CheckFailedError("its `action` is neither NONE nor GUARDRAIL_INTERVENED")

    def _apply(self, subject: Subject) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = _client(self._region, _endpoints()).apply_guardrail(
                guardrailIdentifier=self._guardrail,
                guardrailVersion=self._version,
                source="OUTPUT" if subject.is_models_own else "INPUT",
                content=[{"text": {"text": subject.text}}],
            )
        except ClientError as error:
            code = plain(error.response.get("Error", {}).get("Code", "an error"))
            raise CheckFailedError(f"Bedrock answered {code}") from error
        return answer


def _findings(assessments: Any) -> Iterator[str]:
    """`policy: kind` of everything that was acted on. What matched stays out."""
    for assessment in assessments if isinstance(assessments, list) else []:
        for policy, parts in assessment.items() if isinstance(assessment, dict) else ():
            for found in (one for part in _lists(parts) for one in part):
                if isinstance(found, dict) and found.get("action") not in (None, "NONE"):
                    kind = found.get("name") or found.get("type") or "custom"
                    yield plain(f"{policy.removesuffix('Policy')}: {kind}")


def _lists(parts: Any) -> Iterator[list[Any]]:
    yield from (part for part in parts.values() if isinstance(part, list)) if isinstance(parts, dict) else ()


def _endpoints() -> tuple[tuple[str, str], ...]:
    """Part of the client cache's key, so that a changed environment is never answered by an old client."""
    return tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))


def _client(region: str | None, environment: tuple[tuple[str, str], ...]) -> Any:
    with _lock:
        return _made(region, environment)


@lru_cache(maxsize=8)
def _made(region: str | None, _environment: tuple[tuple[str, str], ...]) -> Any:
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    client: Any = boto3.session.Session().client("bedrock-runtime", region_name=region, config=config)
    client.meta.events.register_first("before-send.bedrock-runtime.ApplyGuardrail", _send)
    return client


def _send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    """The signed request over our own bounded exchange, in the thread that asked."""
    body: Any = request.body
    body = body.encode() if isinstance(body, str) else bytes(body or b"")
    headers = {name: _text(value) for name, value in request.headers.items()}
    reply = exchange.post(request.url, body, headers, _time.seconds)
    if reply.status == 200:
        read_object(reply.body, reply.status)  # the SDK's parser would take a key that is there twice
    headers_back: Any = dict(reply.headers)
    return AWSResponse(request.url, reply.status, headers_back, _Body(reply.body))


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


class _Body:
    """The part of urllib3's response that the SDK reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body
