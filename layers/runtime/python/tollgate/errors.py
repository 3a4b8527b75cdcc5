"""Every error that Tollgate raises, in one tree. A class name is the error name the state machine matches.

    TollgateError
    ├── RetryableError                 the platform may try the same task again
    │   ├── ModelThrottledError        the provider said "later"; nothing was billed
    │   ├── ToolTransientError         a tool asks to be tried again
    │   ├── ConflictError              somebody else changed the item between read and write
    │   └── UnreachableError           another service did not answer; what was written stands
    └── FinalError                     trying again gives the same answer
        ├── DefinitionError            an agent, tool or workflow file is wrong
        ├── RequestRejectedError       admission refused the input
        ├── ModelFailedError           the provider answered something that cannot be used
        ├── ToolUnavailableError       the effect was certainly not started
        ├── ToolTimeoutError           the call ran out of its own time
        ├── CallRefusedError           the ledger does not let this call start
        ├── CallUnfinishedError        an earlier attempt began the effect and nobody knows how it ended
        ├── AnswerRefusedError         the final answer does not satisfy the output schema
        ├── LimitReachedError          a limit ended the execution; the summary is written
        ├── ApprovalDecidedError       the gate was decided before it opened
        ├── NotFoundError              no such thing, or it belongs to another tenant
        ├── UnreadableError                the bytes that came cannot be parsed
        ├── UnauthenticatedError           the request is not signed as it must be
        ├── ForbiddenError             the caller lacks the right
        ├── InvalidError               the caller's input is wrong; says what to write instead
        └── StaleFingerprintError      the decision was about an older version of the call

This module imports nothing of the package, so that a tool's handler can import it alone.
"""


class TollgateError(Exception):
    """The root of every error raised on purpose."""

    effect_unknown = False
    """Whether the call that ends with this error may have had its effect."""


class RetryableError(TollgateError):
    """The same task may be tried again by whoever owns the retry (ADR 1)."""


class ModelThrottledError(RetryableError):
    """The provider throttled or was briefly down; nothing was billed. `retry_after_seconds` is its hint, if any."""

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ToolTransientError(RetryableError):
    """Raised by a tool's handler: this attempt failed, another may succeed, not before `retry_after_seconds`."""

    def __init__(self, message: str = "", retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ConflictError(RetryableError):
    """A conditional write lost its race; the caller reads again."""


class UnreachableError(RetryableError):
    """A service that we call did not answer; what was written before stands, and the same request may be repeated."""


class FinalError(TollgateError):
    """Trying again gives the same answer."""


class DefinitionError(FinalError):
    """An agent, tool or workflow file is wrong; the message says where and what to write instead."""


class RequestRejectedError(FinalError):
    """Admission refused the request; the execution's record holds the reasons."""


class ModelFailedError(FinalError):
    """The provider refused, answered nonsense, or ran out of time: no retry, because the call may have been billed."""


class ToolUnavailableError(FinalError):
    """Raised by a tool's handler or wrapper: the effect was certainly not started, so a fallback may run."""


class ToolTimeoutError(FinalError):
    """The call ran longer than its manifest allows; the message names the tool and the seconds."""


class CallRefusedError(FinalError):
    """The ledger refuses to start this call: not cleared, expired, changed, or refused under another policy."""


class CallUnfinishedError(FinalError):
    """An earlier attempt was cut off after it may have begun the effect, and `on_retry: never` forbids a second."""

    effect_unknown = True


class AnswerRefusedError(FinalError):
    """The final answer does not satisfy the agent's output schema; the model is told once."""


class LimitReachedError(FinalError):
    """A limit of the execution was reached; the summary says what was done and what was not."""


class ApprovalDecidedError(FinalError):
    """The approval was decided before its gate opened, so nobody needs to be asked."""


class ApprovalClosedError(FinalError):
    """The approval no longer waits for a decision; the message says who decided, or that it expired."""


class NotFoundError(FinalError):
    """No such thing, or one of another tenant: the two are told alike."""


class UnreadableError(FinalError):
    """What was sent cannot be parsed; the message says where it breaks."""


class UnauthenticatedError(FinalError):
    """The request is not signed as it must be; the message says what is wrong with the signature."""


class ForbiddenError(FinalError):
    """The caller is known but lacks the right; the message names the right."""


class InvalidError(FinalError):
    """The input is wrong. `violations` lists each one as `{"pointer", "message"}`."""

    def __init__(self, message: str, violations: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.violations = violations or []


class StaleFingerprintError(FinalError):
    """The decision names a fingerprint that is not the current one; look again and decide again."""
