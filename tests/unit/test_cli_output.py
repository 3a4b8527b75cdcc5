"""What the command line prints is what it was given: definitions, arguments and messages are quoted in it."""

import json

import pytest
from click.testing import CliRunner

from cli import output, steps
from cli.failure import CommandError
from cli.main import tollgate

QUOTED = "the pattern ^[a-z]+[/b] in `hosts: [api.example.com]` [red]"


def test_line_with_brackets_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Square brackets are not taken for colours, and what looks like a closing tag is no crash."""
    output.say(QUOTED, "red")
    assert capsys.readouterr().out == QUOTED + "\n"


def test_cell_with_brackets_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """An approval's arguments are somebody else's words."""
    output.table(["arguments"], [[QUOTED]])
    assert QUOTED in capsys.readouterr().out


HOSTILE = "paid\x1b[2K\x1b[1A\x9b2J \u202eevil :warning:\x07"
SEEN = "paid[U+001B][2K[U+001B][1A[U+009B]2J [U+202E]evil :warning:[U+0007]"


def test_nothing_that_a_model_wrote_speaks_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A control sequence could erase the line above, a direction mark could turn an amount around."""
    output.say(HOSTILE)
    output.table(["reason"], [[HOSTILE]])
    CommandError(HOSTILE).show()
    printed = capsys.readouterr()
    assert [printed.out.count(SEEN), printed.err] == [2, f"tollgate: {SEEN}\n"]
    decided = {"kind": "approval_decided", "step": 1, "body": {"by": "ana", "decision": "reject", "reason": HOSTILE}}
    assert [SEEN in line.plain for line in steps.lines(decided)] == [True]


def test_json_says_the_same_and_speaks_to_no_terminal_either(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON itself escapes only the first of the control characters."""
    for printed_by, lines in ((output.emit, 1), (output.show_json, 3)):
        printed_by({"reason": HOSTILE + "ü"})
        printed = capsys.readouterr().out
        assert json.loads(printed) == {"reason": HOSTILE + "ü"}
        assert [character for character in printed if not character.isprintable()] == ["\n"] * lines
        assert "ü" in printed


def test_a_verb_that_is_none_is_not_echoed_raw() -> None:
    """What was pasted into the command line may be somebody else's text, too."""
    assert "\x1b" not in CliRunner().invoke(tollgate, ["show\x1b[2J"]).stderr
