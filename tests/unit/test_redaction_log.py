"""The log of a process: whole lines, masked, in order, and nothing at all where nobody can tell what is personal."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import pytest
from tollgate.redaction import process
from tollgate.redaction.log_line import masked_line
from tollgate.redaction.log_stream import HELD_CHARACTERS, LogStream
from tollgate.redaction.matcher import Matcher
from tollgate.redaction.redactor import SECRETS_ALONE, Redactor

KEY = "gh" + "p_" + "0123456789abcdefghijklmnopqrstuvwxyz"
ANNA = Redactor(Matcher({"Anna Schmidt": "name", "4711": "number"}))


say = print
"""As a tool's code does it."""


@contextmanager
def lambda_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """A process as Lambda runs it, its standard output and error in one text."""
    there = io.StringIO()
    monkeypatch.setenv(process.RUNTIME, "127.0.0.1:1")
    monkeypatch.setattr(process, "_streams", [])
    with redirect_stdout(there), redirect_stderr(there):
        process.install()
        yield there


def test_line_that_is_printed_in_pieces_is_masked_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """`print` writes each argument by itself, and runtimes flush after every one."""
    with lambda_process(monkeypatch) as written:
        say("Anna", "Schmidt", KEY[:10] + KEY[10:], flush=True)
        say("and nothing else")
        with process.invocation(lambda: ANNA):
            say("Anna", "Schmidt", sep=" ", flush=True)
        assert written.getvalue() == "Anna Schmidt [redacted: github_token]\nand nothing else\n[redacted: name]\n"


def test_handler_that_was_made_earlier_writes_to_the_masked_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules make their loggers when they are imported, before anybody can replace a stream."""
    there = io.StringIO()
    monkeypatch.setattr(sys, "stdout", there)
    logger = logging.getLogger("made.earlier")
    handler = logging.StreamHandler(sys.stdout)
    logger.addHandler(handler)
    monkeypatch.setenv(process.RUNTIME, "127.0.0.1:1")
    monkeypatch.setattr(process, "_streams", [])
    process.install()
    logger.warning("the key is %s", KEY)
    logger.removeHandler(handler)
    assert there.getvalue() == "the key is [redacted: github_token]\n"


def test_handler_that_writes_past_the_streams_gets_masked_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda's own handler has a file descriptor of its own; its exceptions carry values, too."""
    with lambda_process(monkeypatch):
        seen: list[str] = []

        class Direct(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                seen.append(self.format(record))

        logger = logging.getLogger("direct")
        logger.addHandler(handler := Direct())
        process._redirect(None, LogStream(io.StringIO(), str))
        try:
            raise ValueError(KEY)
        except ValueError:
            logger.exception("it was %s", KEY)
        logger.removeHandler(handler)
        assert KEY not in seen[0]
        assert seen[0].count("[redacted: github_token]") == 2


def test_record_whose_words_do_not_fit_its_arguments_is_written_all_the_same() -> None:
    """A tool that logs wrongly has done its work: the line keeps both parts, masked, and nothing is raised."""
    record = logging.LogRecord("tool", logging.ERROR, __file__, 1, "took %d seconds", (f"key {KEY}",), None)
    assert process._Masking().filter(record)
    assert record.getMessage() == "took %d seconds ('key [redacted: github_token]',)"


def test_held_log_is_written_with_what_became_known_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool prints what it is about to return."""
    with lambda_process(monkeypatch) as written:
        with process.invocation():
            process.hold()
            say("found Anna Schmidt")
            assert written.getvalue() == ""
            process.know(ANNA)
        assert written.getvalue() == "found [redacted: name]\n"


def test_held_log_has_a_bound_and_says_what_it_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that prints without end does not eat its own memory."""
    with lambda_process(monkeypatch) as written:
        with process.invocation():
            process.hold()
            for _ in range(3):
                say("x" * (HELD_CHARACTERS // 2 - 1))
        assert written.getvalue().endswith(
            f"[{HELD_CHARACTERS // 2} more characters of this call's log were dropped]\n"
        )


def test_what_one_invocation_knows_is_forgotten_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another execution's personal values are none of this one's business."""
    with lambda_process(monkeypatch) as written:
        with process.invocation(lambda: ANNA):
            say("Anna Schmidt")
        with process.invocation():
            say("Anna Schmidt")
        assert written.getvalue() == "[redacted: name]\nAnna Schmidt\n"


def test_line_is_withheld_where_nobody_can_tell_what_is_personal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that cannot be read is no reason to write everything down; what it fails with is told by name."""
    with lambda_process(monkeypatch) as written:

        def broken() -> Redactor:
            raise ConnectionError("Anna Schmidt")

        with process.invocation(broken):
            say("Anna Schmidt")
        assert "Anna" not in written.getvalue()
        assert "ConnectionError" in written.getvalue()


def test_line_of_json_stays_json_and_a_metric_keeps_its_numbers() -> None:
    """A personal number that a metric equals by chance must not break the metric."""
    line = json.dumps({"who": "Anna Schmidt", "number": 4711})
    assert json.loads(masked_line(line, [ANNA])) == {"who": "[redacted: name]", "number": "[redacted: number]"}
    metric = json.dumps({"_aws": {"Timestamp": 4711}, "Tokens": 4711, "agent": "Anna Schmidt"})
    assert json.loads(masked_line(metric, [ANNA])) == {
        "_aws": {"Timestamp": 4711},
        "Tokens": 4711,
        "agent": "[redacted: name]",
    }


def test_line_without_findings_is_written_as_it_was() -> None:
    """Down to the last space."""
    line = '{"a":1,  "b": "IBAN DE89370400440532013000"}\n'
    assert masked_line(line, [ANNA, SECRETS_ALONE]) == line


def test_error_keeps_its_name_and_loses_what_hangs_on_it() -> None:
    """The state machine reads the name; its history keeps the message."""
    cause = ValueError(KEY)
    error = LookupError(f"no customer Anna Schmidt with {KEY}")
    error.__cause__ = cause
    with process.invocation(lambda: ANNA):
        told = process.masked_error(error)
    assert type(told).__name__ == "LookupError"
    assert str(told) == "no customer [redacted: name] with [redacted: github_token]"
    assert told.__cause__ is None


def test_error_with_nothing_to_hide_is_the_same_error() -> None:
    """So is its class, which callers may catch."""
    error = LookupError("no such thing")
    assert process.masked_error(error) is error


def test_nothing_is_replaced_outside_of_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests and the command line keep their streams."""
    monkeypatch.delenv(process.RUNTIME, raising=False)
    monkeypatch.setattr(process, "_streams", [])
    before = sys.stdout
    process.install()
    assert sys.stdout is before
