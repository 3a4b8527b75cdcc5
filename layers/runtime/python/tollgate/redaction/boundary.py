"""The outermost layer of every Lambda function: what it logs and how it fails, without what may not get out."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from tollgate.redaction import process
from tollgate.redaction.of_execution import redactor_of
from tollgate.redaction.redactor import SECRETS_ALONE, Redactor
from tollgate.store.stores import Stores

Handler = Callable[..., Any]


def guarded(stores: Stores | None = None) -> Callable[[Handler], Handler]:
    """Around a handler. `stores`: those with the journal of the executions that its events name.

    Errors keep their name, which is all that the state machine reads.
    """

    def decorate(handle: Handler) -> Handler:
        process.install()

        @wraps(handle)
        def outermost(event: dict[str, Any], context: Any) -> Any:
            with process.invocation(lambda: _redactor(stores, event)):
                try:
                    return handle(event, context)
                except Exception as error:
                    told = process.masked_error(error)
                    if told is error:
                        raise
                    trace = error.__traceback__  # places in our code, no values
                raise told.with_traceback(trace)

        return outermost

    return decorate


def _redactor(stores: Stores | None, event: dict[str, Any]) -> Redactor:
    execution_id = _execution_of(event)
    return redactor_of(stores.journal, execution_id) if stores and execution_id else SECRETS_ALONE


def _execution_of(event: dict[str, Any]) -> str | None:
    """Of a task's payload, of a route with an execution in its path, or of an event about an execution."""
    detail = event.get("detail")
    arn = detail.get("executionArn") if isinstance(detail, dict) else None
    found = event.get("execution") or (event.get("pathParameters") or {}).get("execution_id")
    return str(found or arn).rsplit(":", 1)[-1] if found or arn else None
