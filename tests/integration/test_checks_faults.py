"""Whatever a server does but answer well: the call is refused or asked, in time, and nobody reads what it was about."""

import threading
import time
from collections.abc import Iterator

import pytest
from tollgate.checks.hear import Heard, Question, hear
from tollgate.checks.subject import Place, Subject
from tollgate.models.check import Check, CheckKind

from tests.integration.guard_server import FAULTS, KINDS, WORD, Fault, GuardServer, guard_server

QUICK = 0.4
LATE = 3.0
"""A check's time, and far more than that with what a busy machine adds."""


@pytest.fixture(scope="module")
def server() -> Iterator[GuardServer]:
    with guard_server() as running:
        yield running


@pytest.fixture(autouse=True)
def bedrock_at(server: GuardServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own variables lead to the server."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    server.fault = None
    warm(server.check("bedrock_guardrail"))


def warm(check: Check) -> None:
    """Making the SDK's client takes longer than the short times of these tests."""
    assert ask(check).verdict == "run"


def ask(check: Check, text: str = "an honest text") -> Heard:
    return hear([Question(check, Subject("call", "clerk", text, {}, Place()))])[0]


@pytest.mark.parametrize("on_error", ["refuse", "ask"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
def test_fault_of_a_server_is_never_consent(server: GuardServer, kind: CheckKind, fault: Fault, on_error: str) -> None:
    """Every kind and every fault: the check's `on_error` counts, within the check's own time."""
    server.fault = fault
    started = time.monotonic()
    heard = ask(server.check(kind, timeout_seconds=QUICK, on_error=on_error))
    assert (heard.verdict, heard.failed) == (on_error, True), heard
    assert time.monotonic() - started < LATE
    assert heard.message.startswith("could not be heard: ")


@pytest.mark.parametrize("kind", KINDS)
def test_server_that_is_down_is_never_consent(
    server: GuardServer, kind: CheckKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing listens: refused."""
    with guard_server() as gone:
        check = gone.check(kind, timeout_seconds=5)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", gone.url)
    heard = ask(check)
    assert (heard.verdict, heard.failed) == ("refuse", True)


@pytest.mark.parametrize("kind", KINDS)
def test_name_that_cannot_be_looked_up_is_never_consent(
    server: GuardServer, kind: CheckKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No address: refused."""
    nowhere = "http://guards.invalid"
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", nowhere)
    url = {} if kind == "bedrock_guardrail" else {"url": nowhere}
    heard = ask(server.check(kind, **url))
    assert (heard.verdict, heard.failed) == ("refuse", True)


@pytest.mark.parametrize("kind", KINDS)
def test_failure_tells_nothing_of_the_text(server: GuardServer, kind: CheckKind) -> None:
    """What was asked about stays out of the reason, whatever the server sends back."""
    server.fault = "server_error"
    assert WORD not in ask(server.check(kind), f"a {WORD}").message


def test_dripping_server_leaves_no_thread_behind(server: GuardServer) -> None:
    """The connection is cut at the deadline, so the thread that read from it ends too."""
    server.fault = "slow_headers"
    ask(server.check("http", timeout_seconds=QUICK))
    left = [thread for thread in threading.enumerate() if thread.name == "external_check:words"]
    for thread in left:
        thread.join(LATE)
    assert not [thread for thread in left if thread.is_alive()]


def test_guardrail_without_credentials_is_never_consent(server: GuardServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK cannot even sign: refused."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    heard = ask(server.check("bedrock_guardrail"))
    assert (heard.verdict, heard.failed) == ("refuse", True)


def test_guardrail_is_asked_once(server: GuardServer) -> None:
    """The SDK's own retries are off: a failing service is not asked again within the check's time."""
    server.fault, before = "server_error", len(server.asked)
    ask(server.check("bedrock_guardrail"))
    assert len(server.asked) == before + 1
