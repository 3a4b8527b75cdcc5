"""Checks of kinds `guardrails_ai` and `nemo` against the servers that people run. `make test-guards` runs this file.

The first run installs both servers from PyPI; after that nothing is downloaded, and no model is asked at all.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from tollgate.checks.hear import Heard, Question, hear
from tollgate.checks.subject import Place, Subject, of_answer, of_call, of_request
from tollgate.models.check import Check

from tests.guard_servers.real_servers import RealServer, guardrails_ai, nemo
from tests.unit.screening_cases import CLERK, TOOLS

WORD = "forbidden-word"
AT = Place("exe-1", 1, "c0")


@pytest.fixture(scope="module")
def guardrails_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with guardrails_ai(tmp_path_factory.mktemp("guardrails_ai")) as server:
        yield server


@pytest.fixture(scope="module")
def nemo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with nemo(tmp_path_factory.mktemp("nemo")) as server:
        yield server


def subjects(text: str) -> list[Subject]:
    """The same text at every stage."""
    return [
        of_request(CLERK, {"task": text}, AT),
        of_call(CLERK, TOOLS["pay"].manifest, {"iban": "X1", "note": text}, AT),
        of_answer(CLERK, {"status": text}, AT),
    ]


def ask(server: RealServer, text: str, **fields: Any) -> list[Heard]:
    check = Check(name="words", at=["request", "call", "answer"], url=server.url, timeout_seconds=20, **fields)
    return hear([Question(check, subject) for subject in subjects(text)])


@pytest.mark.parametrize("guard", ["noticing", "mending", "raising"])
def test_guardrails_ai_passes_honest_text(guardrails_server: RealServer, guard: str) -> None:
    """At every stage, whatever the guard does on failure."""
    heard = ask(guardrails_server, "an honest text", kind="guardrails_ai", guard=guard)
    assert [(one.verdict, one.failed) for one in heard] == [("run", False)] * 3


@pytest.mark.parametrize("guard", ["noticing", "mending", "raising"])
def test_guardrails_ai_that_notices_mends_or_raises_has_intervened(guardrails_server: RealServer, guard: str) -> None:
    """`on_fail` of noop, fix and exception: refused, and the word is not repeated."""
    heard = ask(guardrails_server, f"a {WORD}", kind="guardrails_ai", guard=guard)
    assert [(one.verdict, one.failed) for one in heard] == [("refuse", False)] * 3
    assert WORD not in str(heard)


def test_guardrails_ai_names_the_validator(guardrails_server: RealServer) -> None:
    """For the trace."""
    heard = ask(guardrails_server, WORD, kind="guardrails_ai", guard="noticing")
    assert {one.findings for one in heard} == {("NoForbiddenWord",)}


def test_guard_that_the_server_does_not_know_is_no_pass(guardrails_server: RealServer) -> None:
    """A guard's id that is spelt wrongly."""
    heard = ask(guardrails_server, "an honest text", kind="guardrails_ai", guard="notcing")
    assert [(one.verdict, one.failed) for one in heard] == [("refuse", True)] * 3


def test_nemo_passes_honest_text(nemo_server: RealServer) -> None:
    """Requests through the input rails, calls and answers through the output rails."""
    heard = ask(nemo_server, "an honest text", kind="nemo", config="words")
    assert [(one.verdict, one.failed) for one in heard] == [("run", False)] * 3


def test_nemo_rail_that_blocks_has_intervened(nemo_server: RealServer) -> None:
    """The rail is named."""
    heard = ask(nemo_server, f"a {WORD}", kind="nemo", config="words")
    assert [(one.verdict, one.failed) for one in heard] == [("refuse", False)] * 3
    assert [one.findings for one in heard] == [("check request words",), *[("check answer words",)] * 2]


def test_nemo_rail_that_changes_the_text_has_intervened(nemo_server: RealServer) -> None:
    """Only what the model wrote goes through the rail that mends."""
    heard = ask(nemo_server, "a rude-word", kind="nemo", config="words")
    assert [(one.verdict, one.failed) for one in heard] == [("run", False), ("refuse", False), ("refuse", False)]


@pytest.mark.parametrize(("config", "failed"), [("input_only", [False, True, True]), ("wrods", [True, True, True])])
def test_nemo_configuration_without_the_rails_is_no_pass(
    nemo_server: RealServer, config: str, failed: list[bool]
) -> None:
    """Rails that are not there cannot pass anything; nor can a configuration that is not there."""
    heard = ask(nemo_server, "an honest text", kind="nemo", config=config)
    assert [one.failed for one in heard] == failed
    assert [one.verdict for one in heard] == ["refuse" if one else "run" for one in failed]


def test_server_that_was_stopped_is_no_pass(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same question before and after."""
    with nemo(tmp_path_factory.mktemp("stopped")) as server:
        assert {one.verdict for one in ask(server, "an honest text", kind="nemo", config="words")} == {"run"}
        server.stop()
        heard = ask(server, "an honest text", kind="nemo", config="words")
    assert [(one.verdict, one.failed) for one in heard] == [("refuse", True)] * 3
