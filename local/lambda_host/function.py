"""What the Lambda host must know of a function, and how an invocation can end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class FunctionSpec:
    """One deployed function: everything from the template, nothing from the caller's machine."""

    name: str
    arn: str
    handler: str
    code: Path
    layers: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 3
    memory_mb: int = 128
    reserved_concurrency: int | None = None
    calls_models: bool = False


@dataclass(frozen=True)
class Outcome:
    """The payload that an invocation answers with; `error` is the value of X-Amz-Function-Error."""

    payload: bytes
    error: str | None = None


class ThrottledError(Exception):
    """A concurrency cap is reached; the caller may try again (429)."""


class UnknownFunctionError(Exception):
    """No function has this name (404)."""


def timed_out(request_id: str, seconds: float) -> Outcome:
    """The function ran longer than its timeout, and its process was killed."""
    return _failure("Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds")


def exited(request_id: str, return_code: int) -> Outcome:
    """The process ended in the middle of the invocation, by itself or by a signal from outside."""
    how = "signal: killed" if return_code == -9 else f"exit status {return_code}"
    return _failure("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {how}")


def out_of_memory(request_id: str) -> Outcome:
    """The process was killed because it held more memory than the function's size."""
    return _failure("Runtime.OutOfMemory", f"RequestId: {request_id} Error: Runtime exited with error: signal: killed")


def response_too_large(size: int, limit: int) -> Outcome:
    """The handler's answer passes the platform's limit on payloads."""
    return _failure(
        "Function.ResponseSizeTooLarge",
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size ({limit} bytes).",
    )


def _failure(error_type: str, message: str) -> Outcome:
    return Outcome(json.dumps({"errorType": error_type, "errorMessage": message}).encode(), "Unhandled")
