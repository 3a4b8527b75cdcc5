"""What the command line prints is what it was given: definitions, arguments and messages are quoted in it."""

import pytest

from cli import output

QUOTED = "the pattern ^[a-z]+[/b] in `hosts: [api.example.com]` [red]"


def test_line_with_brackets_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Square brackets are not taken for colours, and what looks like a closing tag is no crash."""
    output.say(QUOTED, "red")
    assert capsys.readouterr().out == QUOTED + "\n"


def test_cell_with_brackets_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """An approval's arguments are somebody else's words."""
    output.table(["arguments"], [[QUOTED]])
    assert QUOTED in capsys.readouterr().out
