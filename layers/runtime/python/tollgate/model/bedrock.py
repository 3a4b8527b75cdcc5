"""Bedrock's Converse through boto3. Retries belong to the state machine, so the SDK's own are off.

The SDK signs, sends and reads errors; a successful body is read by `wire_json`, because the SDK's parser hides
repeated keys and fails on deep nesting.
"""

import os
import re
import threading
import time
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)

from tollgate.clock import Clock, SystemClock
from tollgate.definitions.registry import ModelTarget
from tollgate.errors import ModelFailedError, ModelThrottledError
from tollgate.model.bedrock_messages import request_body, response_of
from tollgate.model.failure import retry_after_seconds, shortened
from tollgate.model.wire_json import cut_deep, read_document
from tollgate.models.message import ModelRequest, ModelResponse
from tollgate.settings import endpoint_overrides_allowed

CONNECT_TIMEOUT_SECONDS = 5

_LATER = {
    "InternalServerException",
    "ModelNotReadyException",
    "ServiceUnavailableException",
    "ThrottlingException",
    "TooManyRequestsException",
}
_ADVICE = {
    "AccessDeniedException": "give the function's role bedrock:InvokeModel on this model, and enable the model in this "
    "account and region",
    "ExpiredTokenException": "the credentials have expired; sign in again",
    "UnrecognizedClientException": "the credentials are not valid for Bedrock; check AWS_PROFILE or the access key",
    "ResourceNotFoundException": "there is no such model here; check the alias in cdk.json and the region",
    "ValidationException": "the model does not accept this request; the message says which part",
    "ModelTimeoutException": "the model took too long; lower max_output_tokens or choose a faster model",
    "ModelErrorException": "the model failed on this request; try another model for the alias",
    "ServiceQuotaExceededException": "raise the account's quota for this model",
}
_ADVICE_ON_FAILURE: tuple[tuple[type[BotoCoreError], str], ...] = (
    (NoCredentialsError, "give AWS credentials, or set AWS_ENDPOINT_URL_BEDROCK_RUNTIME to a local Converse server"),
    (NoRegionError, "set AWS_REGION, or `region` of the alias in cdk.json"),
    (ParamValidationError, "the request cannot be sent as it is; the message names the field"),
    (SSLError, "check the endpoint's certificate, or name its authority in AWS_CA_BUNDLE"),
    (
        HTTPClientError,
        "the connection broke after sending; the call may have been billed, so it is not repeated",
    ),
)
_CHECK_CONFIGURATION = "check the AWS configuration: profile, credentials, region, endpoint"
_BEDROCK_HOST = re.compile(r"//bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com")
_lock = threading.Lock()  # boto3's default session is not thread-safe while it creates clients


class BedrockModel:
    """One model on Bedrock, or on any server that speaks Converse (`AWS_ENDPOINT_URL_BEDROCK_RUNTIME`)."""

    def __init__(self, target: ModelTarget, clock: Clock | None = None) -> None:
        self._target = target
        self._clock = clock or SystemClock()

    def converse(self, request: ModelRequest) -> ModelResponse:
        """At most one HTTP request. Raises as `tollgate.model.port.Model.converse` says."""
        started = time.monotonic()
        reply = self._send(request)
        latency_ms = round((time.monotonic() - started) * 1000)
        try:
            document = read_document(reply["body"])
        except ValueError as error:
            raise ModelFailedError(
                f"{self._name} answered something that is not JSON ({shortened(str(error))}); check that the endpoint "
                "speaks Converse (AWS_ENDPOINT_URL_BEDROCK_RUNTIME)"
            ) from error
        request_id = reply["headers"].get("x-amzn-requestid")
        return response_of(document, model=self._target.model, latency_ms=latency_ms, request_id=request_id)

    @property
    def _name(self) -> str:
        return f"bedrock model {self._target.model}"

    def _send(self, request: ModelRequest) -> dict[str, Any]:
        try:
            client = _client(_region(self._target), max(1, int(request.timeout_seconds)), _endpoint_variables())
        except BotoCoreError as error:
            raise self._failed(error) from error
        try:
            return _raw_reply(client, self._target.model, request)
        except ClientError as error:
            raise self._refused(error) from error
        except (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError) as error:
            raise ModelThrottledError(f"{self._name} cannot be reached: {shortened(str(error))}") from error
        except ReadTimeoutError as error:
            raise ModelFailedError(
                f"{self._name} did not answer within {request.timeout_seconds:.0f} seconds; the call may have been "
                "billed, so it is not repeated. Raise the alias's timeout_seconds or lower max_output_tokens"
            ) from error
        except BotoCoreError as error:
            raise self._failed(error) from error
        finally:
            # A connection that outlives its call may be dead when a frozen function thaws, and a reset in mid-call
            # could then not be told from one that was never sent.
            client.close()

    def _refused(self, error: ClientError) -> ModelFailedError | ModelThrottledError:
        details, metadata = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
        code, status = details.get("Code", "unknown"), metadata.get("HTTPStatusCode", 0)
        said = f"{self._name} answered {code} (HTTP {status}): {shortened(details.get('Message', ''))}"
        if code in _LATER or status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            headers = metadata.get("HTTPHeaders", {})
            return ModelThrottledError(said, retry_after_seconds(headers, self._clock.now()))
        return ModelFailedError(f"{said}. What to do: {_ADVICE.get(code, 'check the model alias in cdk.json')}")

    def _failed(self, error: BotoCoreError) -> ModelFailedError:
        advice = next((text for kind, text in _ADVICE_ON_FAILURE if isinstance(error, kind)), _CHECK_CONFIGURATION)
        return ModelFailedError(f"{self._name}: {shortened(str(error))}. What to do: {advice}")


def _region(target: ModelTarget) -> str | None:
    """The alias's region; locally, the one in the endpoint named for Bedrock, because the signature names it."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "") if endpoint_overrides_allowed() else ""
    named = _BEDROCK_HOST.search(endpoint)
    return named.group(1) if named else target.region


def _endpoint_variables() -> tuple[tuple[str, str], ...]:
    """Part of the client cache's key, so that a changed environment is never answered by an old client."""
    return tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))


@lru_cache(maxsize=8)
def _client(region: str | None, timeout_seconds: int, _environment: tuple[tuple[str, str], ...]) -> Any:
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=timeout_seconds,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    with _lock:
        client = boto3.session.Session().client("bedrock-runtime", region_name=region, config=config)
    client.meta.events.register("before-parse.bedrock-runtime.Converse", _keep_body)
    return client


def _keep_body(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Hands a successful body to us unparsed; errors stay the SDK's, cut to a depth that its parser survives."""
    if response_dict["status_code"] >= HTTPStatus.MULTIPLE_CHOICES:
        response_dict["body"] = cut_deep(response_dict["body"])
        return
    customized_response_dict["TollgateReply"] = {
        "body": response_dict["body"],
        "headers": {name.lower(): value for name, value in response_dict["headers"].items()},
    }
    response_dict["body"] = b"{}"


def _raw_reply(client: Any, model: str, request: ModelRequest) -> dict[str, Any]:
    reply: dict[str, Any] = client.converse(modelId=model, **request_body(request))["TollgateReply"]
    return reply
