"""Whatever goes wrong on the command line is told in words, and as one JSON object where `--json` asked for it."""

import json

import pytest
from click.testing import CliRunner, Result

from cli.main import COMMANDS, tollgate


def run(*arguments: str) -> Result:
    return CliRunner().invoke(tollgate, arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", "shw"),
        ("shw", "--json"),
        ("show", "--json"),
        ("ls", "--json", "--status", "DONE"),
        ("ls", "--json", "--stat", "x"),
        ("check", "nobody", "--json"),
        ("--json", "check", "nobody"),
        ("check", "--pin", "--json"),
        ("budget", "get", "--json"),
        ("budget", "gte", "--json"),
        ("memory", "search", "words", "--json"),
    ],
)
def test_a_failure_with_json_is_one_json_object(arguments: tuple[str, ...]) -> None:
    """A script that asked for JSON can read why it failed, and standard output stays empty."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert json.loads(result.stderr)["title"]
    assert result.stdout == ""


def test_a_failure_without_json_is_one_line_for_people() -> None:
    """The message, and no traceback."""
    result = run("check", "nobody")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("tollgate: there is no agent")


def test_a_misspelt_verb_is_told_the_nearest_one() -> None:
    """Who types `shw` at night reads `show`."""
    result = run("shw", "exe-1")
    assert result.exit_code == 2
    assert "there is no command 'shw'; write `show`" in result.stderr


def test_a_wrong_option_still_shows_the_usage() -> None:
    """Click's own words stay: how the command is called, and its help."""
    result = run("ls", "--stat", "x")
    assert result.exit_code == 2
    assert "Usage: " in result.stderr
    assert "'--status'" in result.stderr


def test_help_tells_every_verb_in_a_whole_sentence() -> None:
    """Nobody has to open each verb's own help to read what it does."""
    shown = run("--help").stdout
    assert "..." not in shown.partition("Commands:")[2]
    assert all(f"\n  {verb} " in shown for verb in COMMANDS)


def test_help_and_version_end_well() -> None:
    """Asking for help is no failure."""
    assert run("--help").exit_code == 0
    assert run("show", "--help").exit_code == 0
    assert run("--version").exit_code == 0
