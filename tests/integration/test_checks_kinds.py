"""Each kind of check speaks its server's protocol: what goes out, and what each answer means."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tollgate.checks import exchange
from tollgate.checks.hear import Heard, Question, hear
from tollgate.checks.port import CheckFailedError
from tollgate.checks.subject import Place, Subject, of_answer, of_call, of_request
from tollgate.models.check import Check, CheckKind
from tollgate.secret_header import forget_secrets

from tests.integration import guard_server as servers
from tests.integration.guard_server import KINDS, WORD, GuardServer, guard_server
from tests.unit.screening_cases import CLERK, TOOLS

AT = Place("exe-1", 3, "c0")
PAY = TOOLS["pay"].manifest


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GuardServer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    with guard_server() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", running.url)
        yield running


def ask(check: Check, subject: Subject) -> Heard:
    return hear([Question(check, subject)])[0]


def call(note: str = "honest") -> Subject:
    return of_call(CLERK, PAY, {"iban": "X1", "note": note}, AT)


SUBJECTS: dict[str, Callable[[str], Subject]] = {
    "request": lambda text: of_request(CLERK, {"task": text}, AT),
    "call": call,
    "answer": lambda text: of_answer(CLERK, {"status": text}, AT),
}


@pytest.mark.parametrize("stage", SUBJECTS)
@pytest.mark.parametrize("kind", KINDS)
def test_honest_text_passes_and_a_bad_one_does_not(server: GuardServer, kind: CheckKind, stage: str) -> None:
    """At every stage, by every kind; what matched is in no word of it."""
    check = server.check(kind)
    assert ask(check, SUBJECTS[stage]("honest")).verdict == "run"
    heard = ask(check, SUBJECTS[stage](f"a {WORD}"))
    assert (heard.verdict, heard.failed) == ("refuse", False)
    assert WORD not in heard.message + "".join(heard.findings)


@pytest.mark.parametrize("kind", ["guardrails_ai", "nemo", "bedrock_guardrail"])
def test_intervention_asks_where_the_check_says_so(server: GuardServer, kind: CheckKind) -> None:
    """`on_intervention: ask`; a failure still refuses."""
    check = server.check(kind, on_intervention="ask")
    assert ask(check, call(WORD)).verdict == "ask"
    server.fault = "empty"
    assert ask(check, call("honest")).verdict == "refuse"


def test_own_server_gets_the_whole_subject(server: GuardServer) -> None:
    """Stage, agent, execution, step, text, and the call as data."""
    ask(server.check("http"), call())
    [(path, headers, body)] = server.asked
    assert (path, headers["Content-Type"]) == ("/own", "application/json")
    assert body == {
        "stage": "call",
        "agent": "clerk",
        "execution_id": "exe-1",
        "step": 3,
        "text": '{"tool": "pay", "arguments": {"iban": "X1", "note": "honest"}}',
        "call": {"tool": "pay", "effect": "write", "arguments": {"iban": "X1", "note": "honest"}},
    }


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ({"verdict": "run"}, ("run", "", False)),
        ({"verdict": "ask", "message": "who is that?"}, ("ask", "who is that?", False)),
        (
            {"verdict": "refuse", "message": "no\n\n\x1b[31m" + "a" * 400},
            ("refuse", "no [31m" + "a" * 292 + "…", False),
        ),
        ({"verdict": "run", "message": None, "more": 1}, ("run", "", False)),
        ({"verdict": "RUN"}, ("refuse", "could not be heard: its `verdict` is none of run, ask, refuse", True)),
        ({"verdict": "run", "message": 7}, ("refuse", "could not be heard: its `message` is no text", True)),
        ({"message": "fine"}, ("refuse", "could not be heard: its `verdict` is none of run, ask, refuse", True)),
    ],
)
def test_own_servers_word_counts_as_it_is(
    server: GuardServer, said: Any, heard: tuple[str, str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run, ask or refuse; the message on one line, cut."""
    monkeypatch.setattr(servers, "answer", lambda path, body: said)
    found = ask(server.check("http"), call())
    assert (found.verdict, found.message, found.failed) == heard


def test_guardrails_ai_gets_the_text_under_both_names(server: GuardServer) -> None:
    """Old and new servers read it, and neither asks a model again."""
    ask(server.check("guardrails_ai", guard="my guard/1"), call())
    [(path, _, body)] = server.asked
    assert path == "/guards/my%20guard%2F1/validate"
    assert body["llm_output"] == body["llmOutput"] == call().text
    assert body["num_reasks"] == body["numReasks"] == 0


@pytest.mark.parametrize(
    ("changes", "verdict", "failed"),
    [
        ({"validatedOutput": "a *** here"}, "refuse", False),
        ({"validatedOutput": None}, "refuse", True),
        ({"validationPassed": None}, "refuse", True),
        ({"validationPassed": "true"}, "refuse", True),
        ({"validationPassed": False, "validationSummaries": "?"}, "refuse", False),
    ],
    ids=["mended", "nothing validated", "unknown", "text for a boolean", "odd summaries"],
)
def test_guard_that_does_not_pass_the_text_as_it_is_refuses(
    server: GuardServer, changes: Any, verdict: str, failed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mended text is not the one that would run."""
    good = servers.answer
    monkeypatch.setattr(servers, "answer", lambda path, body: {**good(path, body), **changes})
    heard = ask(server.check("guardrails_ai"), call())
    assert (heard.verdict, heard.failed) == (verdict, failed)


@pytest.mark.parametrize(("stage", "role", "rails"), [("request", "user", "input"), ("call", "assistant", "output")])
def test_nemo_is_asked_for_the_rails_of_the_stage(server: GuardServer, stage: str, role: str, rails: str) -> None:
    """The rails are named: a configuration without them answers 422, which is no pass."""
    ask(server.check("nemo"), SUBJECTS[stage]("honest"))
    [(path, _, body)] = server.asked
    assert path == "/v1/checks"
    assert body["messages"][0]["role"] == role
    assert body["guardrails"] == {"config_id": "words", "rail_types": [rails]}


@pytest.mark.parametrize(
    "said",
    [{"status": "modified", "content": "x"}, {"status": "passed", "content": "another text"}, {"status": "passed"}],
)
def test_rail_that_changes_the_text_refuses(server: GuardServer, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the very text that was sent has passed."""
    monkeypatch.setattr(servers, "answer", lambda path, body: said)
    assert ask(server.check("nemo"), call()).verdict == "refuse"


@pytest.mark.parametrize(("stage", "source"), [("request", "INPUT"), ("call", "OUTPUT"), ("answer", "OUTPUT")])
def test_guardrail_is_told_whose_text_it_is(server: GuardServer, stage: str, source: str) -> None:
    """Signed by the SDK, at the version that is named."""
    ask(server.check("bedrock_guardrail", version="7"), SUBJECTS[stage]("honest"))
    [(path, headers, body)] = server.asked
    assert path == "/guardrail/gr1/version/7/apply"
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256")
    assert body["source"] == source


def test_guardrail_that_masks_has_intervened(server: GuardServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy and the kind are named, the match is not."""
    pii = {"piiEntities": [{"type": "EMAIL", "match": "bob@acme.org", "action": "ANONYMIZED"}], "regexes": []}
    said = {
        "action": "GUARDRAIL_INTERVENED",
        "outputs": [{"text": "{EMAIL}"}],
        "assessments": [{"sensitiveInformationPolicy": pii, "topicPolicy": {"topics": []}}],
        "usage": {},
    }
    monkeypatch.setattr(servers, "answer", lambda path, body: said)
    heard = ask(server.check("bedrock_guardrail"), call())
    assert (heard.verdict, heard.findings) == ("refuse", ("sensitiveInformation: EMAIL",))
    assert "bob" not in heard.message


def test_guardrail_of_another_region_is_asked_there(server: GuardServer) -> None:
    """The signature names the region."""
    ask(server.check("bedrock_guardrail", region="us-west-2"), call())
    assert "/us-west-2/bedrock/" in server.asked[0][1]["Authorization"]


@pytest.mark.parametrize("kind", ["http", "guardrails_ai", "nemo"])
def test_secret_is_sent_as_a_header_and_comes_back_in_no_word(server: GuardServer, kind: CheckKind) -> None:
    """Read from Secrets Manager; a server that echoes it tells nobody."""
    with mock_aws():
        forget_secrets()
        boto3.client("secretsmanager").create_secret(Name="guards/key", SecretString="s3cr3t-value")
        server.echo_header = "X-Key"
        secret = {"name": "guards/key", "header": "X-Key", "prefix": "Key "}
        heard = ask(server.check(kind, secret=secret), call(WORD))
    assert server.asked[0][1]["X-Key"] == "Key s3cr3t-value"
    assert heard.verdict == "refuse"
    assert "s3cr3t" not in heard.message
    forget_secrets()


def test_check_whose_secret_is_missing_is_not_asked_without_it(server: GuardServer) -> None:
    """No secret, no question, no consent; what AWS says about the account stays out of the record."""
    with mock_aws():
        forget_secrets()
        secret = {"name": "guards/none", "header": "X-Key", "prefix": ""}
        heard = ask(server.check("http", secret=secret), call())
    assert (heard.verdict, heard.failed) == ("refuse", True)
    assert heard.message.endswith("the secret 'guards/none' cannot be read: ResourceNotFoundException")
    assert server.asked == []


def test_many_questions_take_as_long_as_the_slowest(server: GuardServer) -> None:
    """Forty silent servers cost the time of one."""
    server.fault = "hang"
    started = time.monotonic()
    heard = hear([Question(server.check("http", timeout_seconds=0.5), call(str(number))) for number in range(40)])
    assert [one.verdict for one in heard] == ["refuse"] * 40
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("said", [None, True, "run", {"verdict": "run"}, ("run", "")], ids=repr)
def test_port_that_answers_something_else_is_never_consent(server: GuardServer, said: Any) -> None:
    """A fault in our own code behind the port refuses like one in a server."""

    class Odd:
        def check(self, subject: Subject, seconds: float) -> Any:
            return said

    [heard] = hear([Question(server.check("http"), call())], port=lambda check: Odd())
    assert (heard.verdict, heard.failed) == ("refuse", True)


@pytest.mark.parametrize("error", [ValueError("the text"), KeyboardInterrupt(), SystemExit(0), MemoryError()], ids=repr)
def test_port_that_raises_is_never_consent(server: GuardServer, error: BaseException) -> None:
    """Nor is one that ends its thread; the error's text is told to nobody."""

    class Odd:
        def check(self, subject: Subject, seconds: float) -> Any:
            raise error

    [heard] = hear([Question(server.check("http"), call())], port=lambda check: Odd())
    assert (heard.verdict, heard.failed) == ("refuse", True)
    assert json.dumps(heard.message) == json.dumps(f"could not be heard: {type(error).__name__}")


def test_port_that_never_returns_is_never_consent(server: GuardServer) -> None:
    """Whatever hangs where no socket's time limit reaches: a name look-up, a lock."""
    over = threading.Event()

    class Stuck:
        def check(self, subject: Subject, seconds: float) -> Any:
            over.wait(30)
            return None

    started = time.monotonic()
    [heard] = hear([Question(server.check("http", timeout_seconds=0.3), call())], port=lambda check: Stuck())
    over.set()
    assert (heard.verdict, heard.failed) == ("refuse", True)
    assert time.monotonic() - started < 3


def test_answer_over_the_cap_is_not_read(server: GuardServer) -> None:
    """Fifty megabytes are never held in memory."""
    server.fault = "huge"
    with pytest.raises(CheckFailedError, match="more than"):
        exchange.post(f"{server.url}/own", json.dumps(call().document).encode(), {}, 10)
