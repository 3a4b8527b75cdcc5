"""`make demo` says how long it took when something was done, and nothing but what is wrong when nothing was."""

from pathlib import Path

import pytest

from cli import demo
from local.stack import LocalStackError


def run(patch: pytest.MonkeyPatch, folder: Path) -> int:
    """The command's exit code over a folder of invoices."""
    patch.setattr("sys.argv", ["make demo", "--invoices", str(folder)])
    return demo.main()


def test_folder_without_invoices_is_told_without_a_duration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing ran, so nothing took any time."""
    assert run(monkeypatch, tmp_path) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"demo: {tmp_path} has no .xml file; write make demo INVOICES=<folder>\n")


def test_stack_that_does_not_start_is_told_without_a_duration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason is the last line."""

    def failing() -> None:
        raise LocalStackError("no port is free")

    (tmp_path / "one.xml").touch()
    monkeypatch.setattr(demo, "LocalStack", failing)
    assert run(monkeypatch, tmp_path) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "demo: no port is free\n")


def test_run_ends_with_how_long_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the start of the stack to its end."""

    class Stack:
        def __enter__(self) -> "Stack":
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing to stop."""

    class Run:
        def __init__(self, stack: Stack, files: list[Path]) -> None:
            self.files = files

        def run(self) -> int:
            return len(self.files)

    (tmp_path / "one.xml").touch()
    monkeypatch.setattr(demo, "LocalStack", Stack)
    monkeypatch.setattr(demo, "_Demo", Run)
    assert run(monkeypatch, tmp_path) == 1
    assert capsys.readouterr().out == "\n0 s in all\n"
