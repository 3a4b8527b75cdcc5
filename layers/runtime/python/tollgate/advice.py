"""What may help after a call that failed: one sentence for the model, from what is known about the failure."""

from tollgate.models.call import CallResult

UNKNOWN = "find out whether it happened before you call it again, or say in your answer that somebody has to look"
NOT_STARTED = "nothing was done: go on without it, use another tool, or try again later in this run"
ITS_OWN_WORDS = "read the message: correct the arguments if they were wrong, else go on without it"
_BY_ERROR = {
    "ToolTransientError": "it was tried as often as it may be: go on without it, or call it again later in this run",
    "ToolTimeoutError": "the same call would take as long: ask for less, or go on without it",
    "ToolOutputError": "the same call would answer the same: ask for something else or for less, or go on without it",
    "AnswerTooLargeError": "the same call would answer the same: ask for less, such as a page or a narrower range",
    "DestinationRefusedError": "this is for the people who run the tool, no arguments change it: go on without it",
}
_PROCESS = ("Runtime.", "Sandbox.", "Lambda.", "States.")
"""What the state machine calls the end of a process or of its time."""
_ENDED = "the same call may end its process again: change the arguments, or go on without it"


def what_may_help(result: CallResult) -> str:
    """The advice for a failed call that ran; a refusal's own message already says what to write instead."""
    if result.unknown:
        return UNKNOWN
    if not result.started:
        return NOT_STARTED
    error = result.error or ""
    if error.startswith(_PROCESS):
        return _ENDED
    return _BY_ERROR.get(error, ITS_OWN_WORDS)
