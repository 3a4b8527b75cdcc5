"""One POST to an OpenAI-compatible server, bounded in time and size. Reads bytes; knows nothing of chats."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from tollgate.errors import ModelFailedError, ModelThrottledError
from tollgate.model.failure import shortened

CONNECT_TIMEOUT_SECONDS = 5
MAX_RESPONSE_BYTES = 20_000_000

_CHUNK = 65_536


@dataclass(frozen=True)
class Reply:
    """A complete answer. Header names are as the server wrote them; look them up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(url: str, body: bytes, headers: dict[str, str], timeout_seconds: float) -> Reply:
    """The server's whole answer, whatever its status. Redirects are answers too: a key must not follow them.

    Raises `ModelThrottledError` where the request was certainly not sent, else `ModelFailedError`.
    """
    deadline = time.monotonic() + timeout_seconds
    timeout = urllib3.Timeout(connect=min(CONNECT_TIMEOUT_SECONDS, timeout_seconds), read=timeout_seconds)
    # A pool of its own per call: a kept connection may be dead when a frozen function thaws.
    with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
        try:
            response = pool.request("POST", url, body=body, headers=headers, redirect=False, preload_content=False)
            return Reply(response.status, dict(response.headers), _read(response, url, deadline))
        except (NewConnectionError, NameResolutionError, ConnectTimeoutError) as error:
            raise ModelThrottledError(f"{url} cannot be reached: {shortened(str(error))}") from error
        except ReadTimeoutError as error:
            raise _too_slow(url, timeout_seconds) from error
        except SSLError as error:
            raise ModelFailedError(f"{url}: {shortened(str(error))}; check the server's certificate") from error
        except HTTPError as error:
            raise ModelFailedError(
                f"{url}: the connection broke after the request was sent ({shortened(str(error))}); it may have been "
                "billed, so it is not repeated"
            ) from error


def _read(response: urllib3.BaseHTTPResponse, url: str, deadline: float) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_RESPONSE_BYTES:
            raise ModelFailedError(f"{url} answered more than {MAX_RESPONSE_BYTES:,} bytes; lower max_output_tokens")
        if time.monotonic() > deadline:
            raise _too_slow(url, None)
    return b"".join(chunks)


def _too_slow(url: str, seconds: float | None) -> ModelFailedError:
    limit = f"within {seconds:.0f} seconds" if seconds is not None else "in its time"
    return ModelFailedError(
        f"{url} did not answer {limit}; the call may have been billed, so it is not repeated. Raise the alias's "
        "timeout_seconds or lower max_output_tokens"
    )
