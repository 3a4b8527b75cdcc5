"""What one Lambda process tells people: no line of its log and no error that leaves it holds what may not be there.

One place for everything: standard output and error are replaced, so a `print` in a tool's code, our own log lines and
those of libraries go the same way. What a child process or `os.write` puts out does not; a tool has no reason to.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tollgate.redaction import known_secrets
from tollgate.redaction.log_line import masked_line
from tollgate.redaction.log_stream import LogStream
from tollgate.redaction.mask import mask
from tollgate.redaction.redactor import SECRETS_ALONE, Redactor

RUNTIME = "AWS_LAMBDA_RUNTIME_API"
"""Set by Lambda, and by the local stack in its place."""

_streams: list[LogStream] = []
_sources: list[Callable[[], Redactor]] = []
_made: list[Redactor] = []


def install() -> None:
    """Once per process, after everything that logs was imported; in no process but Lambda's."""
    known_secrets.watch()
    if _streams or RUNTIME not in os.environ:
        return
    for name in ("stdout", "stderr"):
        before = getattr(sys, name)
        stream = LogStream(before, masked)
        setattr(sys, name, stream)
        _streams.append(stream)
        _redirect(before, stream)


@contextmanager
def invocation(source: Callable[[], Redactor] | None = None) -> Iterator[None]:
    """What one invocation learns is forgotten after it. `source` is asked when the first line or error is written."""
    _forget()
    _sources[:] = [source] if source else []
    try:
        yield
    finally:
        for stream in _streams:
            stream.release()
        _forget()


def know(redactor: Redactor) -> None:
    """From here to the end of the invocation nothing that this redactor masks gets out."""
    _made.append(redactor)


def hold() -> None:
    """Keeps the log back until the invocation ends: what is personal in it is not known before."""
    for stream in _streams:
        stream.hold()


def masked(text: str) -> str:
    """The text without anything that this invocation knows may not get out; nothing of it if nobody can tell."""
    try:
        return masked_line(text, _redactors())
    except Exception as error:
        return (
            mask(f"what stood here, because looking for what is personal in it failed: {type(error).__name__}") + "\n"
        )


def masked_error(error: Exception) -> Exception:
    """The same error; or, where its message may not be told, one of the same name that nothing hangs on."""
    said = masked(str(error))
    return error if said == str(error) else wordless(error, said)


def wordless(error: Exception, message: str) -> Exception:
    """An error of the same name that says this and nothing else."""
    made: type[Exception] = type(type(error).__name__, (Exception,), {})
    return made(message)


def _redactors() -> Sequence[Redactor]:
    while _sources:
        source = _sources.pop()  # first: what it logs itself is no reason to ask it again
        try:
            _made.append(source())
        except BaseException:
            _sources.append(source)
            raise
    return [*_made, SECRETS_ALONE]


def _forget() -> None:
    _sources.clear()
    _made.clear()


def _redirect(before: object, stream: LogStream) -> None:
    """Handlers that were made earlier hold the stream of then; the runtime's own has no stream, but records."""
    loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    for handler in (handler for logger in loggers for handler in logger.handlers):
        if isinstance(handler, logging.StreamHandler):
            if handler.stream is before:
                handler.setStream(stream)
        elif not any(isinstance(known, _Masking) for known in handler.filters):
            handler.addFilter(_Masking())


def _message(record: logging.LogRecord) -> str:
    """The record's text. Words that do not fit their arguments stand beside them: a log line is no reason to fail."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args!r}"


class _Masking(logging.Filter):
    """For a handler that writes past standard output: masks the record itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(_message(record)), None
        if record.exc_info:
            record.exc_text, record.exc_info = masked(logging.Formatter().formatException(record.exc_info)), None
        return True
