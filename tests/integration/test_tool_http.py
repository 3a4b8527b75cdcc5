"""Kind `http` against a real server on this machine: what is sent, what comes back, and what failures become."""

import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from tollgate.errors import CallUnfinishedError, ToolUnavailableError
from tollgate.models.call import CallState
from tollgate.models.tool import HttpOperation
from tollgate.secret_header import forget_secrets
from tollgate.tool_runtime.http_operation import HttpRunner
from tollgate.tool_runtime.output import MAX_BYTES

from tests.integration.http_target import Reply, Target, json_reply, redirect, serving
from tests.integration.tool_world import BUCKET, Held, ToolWorld, manifest, tools

__all__ = ["tools"]

ANY = {"type": "object", "properties": {}}


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("TOLLGATE_ALLOW_LOOPBACK", "true")
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    with serving() as server:
        yield server


def called(
    tools: ToolWorld, url: str, arguments: dict[str, Any] | None = None, method: str = "GET", **fields: Any
) -> Held:
    """One call of an operation at `url`; an effect unless the method reads."""
    parts = {name: fields.pop(name) for name in ("query", "body") if name in fields}
    operation = HttpOperation.model_validate({"method": method, "url": url, **parts})
    reads = method in ("GET", "HEAD")
    whole = {"kind": "http", "effect": "read" if reads else "external", "operation": operation, "input_schema": ANY}
    tool = manifest(**{**whole, "hosts": ["127.0.0.1", "localhost"], **fields})
    held = tools.cleared(tool, arguments=arguments or {})
    held.run(HttpRunner(tool, operation))
    return held


def test_arguments_fill_path_query_and_body(tools: ToolWorld, target: Target) -> None:
    """Each argument goes where the operation says, escaped, and an effect carries its idempotency key."""
    arguments = {"id": "a/b?c=d&\u00e9", "tag": ["x y", "z"], "deep": True, "note": {"text": "hi"}, "skipped": "no"}
    held = called(
        tools, f"{target.url}/v1/orders/{{id}}", arguments, "POST", query=["tag", "deep", "absent"], body=["note"],
        on_retry="keyed",
    )  # fmt: skip
    (request,) = target.arrived
    assert request.path == "/v1/orders/a%2Fb%3Fc%3Dd%26%C3%A9?tag=x%20y&tag=z&deep=true"
    assert json.loads(request.body) == {"note": {"text": "hi"}}
    assert len(request.headers["Idempotency-Key"]) == 64
    assert request.headers["Host"] == f"127.0.0.1:{target.port}"
    assert held.result.value == {}


@pytest.mark.parametrize("value", ["..", ".", "", None, {"a": 1}, ["a"]])
def test_argument_that_would_change_the_path_is_refused(tools: ToolWorld, target: Target, value: Any) -> None:
    """A dot segment, nothing at all, or a structure in the path: nothing is sent."""
    held = called(tools, f"{target.url}/v1/orders/{{id}}/lines", {"id": value})
    assert held.result.error == "InvalidError"
    assert target.arrived == []


def test_reads_carry_no_idempotency_key(tools: ToolWorld, target: Target) -> None:
    """A GET is repeatable as it is."""
    called(tools, target.url + "/x")
    assert "Idempotency-Key" not in target.arrived[0].headers


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        (json_reply({"a": [1, None]}), {"a": [1, None]}),
        (Reply(204, b""), None),
        (Reply(200, "gr\u00fcn".encode("latin-1"), {"Content-Type": "text/plain; charset=ISO-8859-1"}), "gr\u00fcn"),
        (Reply(200, b"<a>1</a>", {"Content-Type": "application/xml"}), "<a>1</a>"),
        (Reply(200, b"{broken", {"Content-Type": "application/json"}), "{broken"),
        (Reply(200, b"\xff\xfe", {"Content-Type": "text/plain"}), "\ufffd\ufffd"),
    ],
)
def test_answer_becomes_a_json_value(tools: ToolWorld, target: Target, reply: Reply, value: Any) -> None:
    """JSON is JSON, and other text is a text."""
    target.replies = [reply]
    assert called(tools, target.url + "/x").result.value == value


def test_binary_answer_is_kept_in_the_bucket_and_described(tools: ToolWorld, target: Target) -> None:
    """The model reads type, size and place; the bytes are there for people, the same ones once per execution."""
    picture = b"\x89PNG\x00\x01"
    target.replies = [Reply(200, picture, {"Content-Type": "image/png"})]
    held = called(tools, target.url + "/x")
    place = held.result.value["stored"]
    assert held.result.value == {"content_type": "image/png", "bytes": 6, "stored": place, "shown": False}
    assert place.startswith(f"results/{held.call.tool}/{held.call.execution_id}/")
    assert boto3.client("s3").get_object(Bucket=BUCKET, Key=place)["Body"].read() == picture


def test_head_answers_with_its_headers(tools: ToolWorld, target: Target) -> None:
    """A HEAD has no body to show."""
    target.replies = [Reply(200, b"12345", {"Content-Type": "text/csv", "ETag": '"7"'})]
    held = called(tools, target.url + "/x", method="HEAD")
    assert held.result.value == {"status": 200, "content-type": "text/csv", "content-length": "5", "etag": '"7"'}


def test_deep_json_is_a_named_error(tools: ToolWorld, target: Target) -> None:
    """A bomb of brackets does not take the process with it."""
    target.replies = [Reply(200, b"[" * 200_000 + b"]" * 200_000)]
    assert called(tools, target.url + "/x").result.error == "ToolOutputError"


def test_answer_over_the_cap_is_not_kept(tools: ToolWorld, target: Target) -> None:
    """Reading stops at 10 MB, whatever the server still has."""
    target.replies = [Reply(200, b"x" * (MAX_BYTES + 5), {"Content-Type": "text/plain"})]
    held = called(tools, target.url + "/x")
    assert held.result.error == "AnswerTooLargeError"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_server_is_asked_again_for_a_read(tools: ToolWorld, target: Target, status: int) -> None:
    """After `Retry-After`, within the manifest's attempts."""
    target.replies = [json_reply({}, status, Retry_After="3"), json_reply("now")]
    held = called(tools, target.url + "/x")
    assert (held.result.value, held.result.attempts, held.slept) == ("now", 2, [3.0])


def test_retry_after_that_does_not_fit_ends_the_call(tools: ToolWorld, target: Target) -> None:
    """A server that asks for an hour gets no second request."""
    target.replies = [json_reply({}, 503, Retry_After="3600")]
    held = called(tools, target.url + "/x")
    assert (len(target.arrived), held.result.error) == (1, "ToolTransientError")
    assert "asks to wait 3,600 seconds" in held.result.message


def test_client_error_tells_status_and_the_beginning_of_the_body(tools: ToolWorld, target: Target) -> None:
    """The model can act on what the server said."""
    target.replies = [json_reply({"detail": "no such order", "more": "x" * 5_000}, 404)]
    held = called(tools, target.url + "/x")
    assert held.result.error == "HttpStatusError"
    assert held.result.message.startswith('HTTP 404 Not Found: {"detail": "no such order"')
    assert len(held.result.message) < 1_100
    assert len(target.arrived) == 1


def packed(body: bytes) -> Reply:
    return Reply(200, body, {"Content-Type": "application/json", "Content-Encoding": "gzip"})


def test_answer_that_is_compressed_unasked_is_unpacked(tools: ToolWorld, target: Target) -> None:
    """We ask for none; a server that compresses all the same is understood."""
    target.replies = [packed(gzip.compress(b'{"order": 17}'))]
    assert called(tools, target.url + "/x").result.value == {"order": 17}
    assert target.arrived[0].headers["Accept-Encoding"] == "identity"


def test_small_answer_that_unpacks_past_the_cap_is_not_kept(tools: ToolWorld, target: Target) -> None:
    """A bomb of a few kilobytes is unpacked up to the cap and no further."""
    target.replies = [packed(gzip.compress(bytes(MAX_BYTES + 1)))]
    assert called(tools, target.url + "/x").result.error == "AnswerTooLargeError"


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b'{"order": 17}')[:-9]])
def test_answer_that_cannot_be_unpacked_is_kept_and_described(tools: ToolWorld, target: Target, body: bytes) -> None:
    """Nothing is guessed; the model reads what it was said to be."""
    target.replies = [packed(body)]
    value = called(tools, target.url + "/x").result.value
    assert (value["content_type"], value["content_encoding"]) == ("application/json", "gzip")
    assert (value["bytes"], value["shown"]) == (len(body), False)


GARBAGE = [
    Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n"),
    Reply(raw=b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 70_000 + b"\r\n\r\n"),
    Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n"),
    Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"X-Many: a\r\n" * 200 + b"\r\n"),
]


@pytest.mark.parametrize("reply", GARBAGE, ids=["not http", "long header", "bad chunk", "many headers"])
def test_answer_that_is_no_http_is_a_lost_answer(tools: ToolWorld, target: Target, reply: Reply) -> None:
    """The request was sent: a read is asked again, and an effect that never repeats is left to a person."""
    target.replies = [reply]
    assert (called(tools, target.url + "/x").result.error, len(target.arrived)) == ("ToolTransientError", 3)
    with pytest.raises(CallUnfinishedError, match="whether its effect happened is unknown"):
        called(tools, target.url + "/x", method="POST")
    assert len(target.arrived) == 4


@pytest.mark.parametrize(
    "reply", [json_reply({}, 500), json_reply({}, 503), Reply(hang_up=True), redirect("/b", 301), redirect("/b", 302)]
)
def test_effect_that_never_repeats_is_left_to_a_person_after_a_lost_answer(
    tools: ToolWorld, target: Target, reply: Reply
) -> None:
    """A 5xx, a broken connection after sending, or a move that many servers answer with when they are done: a gate."""
    target.replies = [reply]
    with pytest.raises(CallUnfinishedError, match="whether its effect happened is unknown"):
        called(tools, target.url + "/x", method="POST")
    assert len(target.arrived) == 1


@pytest.mark.parametrize("reply", [json_reply({}, 503), Reply(hang_up=True), Reply(200, b"{", claim=50)])
def test_keyed_effect_is_sent_again_with_the_same_key(tools: ToolWorld, target: Target, reply: Reply) -> None:
    """The provider can tell a repetition by the header."""
    target.replies = [reply, json_reply("booked")]
    held = called(tools, target.url + "/x", method="POST", on_retry="keyed")
    assert held.result.value == "booked"
    assert len(target.arrived) == 2
    assert len({request.headers["Idempotency-Key"] for request in target.arrived}) == 1


def test_throttled_effect_was_not_done_and_is_sent_again(tools: ToolWorld, target: Target) -> None:
    """429 says that nothing was done, even where effects never repeat."""
    target.replies = [json_reply({}, 429), json_reply("done")]
    assert called(tools, target.url + "/x", method="POST").result.value == "done"


def test_refused_connection_was_certainly_not_started(tools: ToolWorld, target: Target) -> None:
    """Nothing was sent, so a fallback may run for an effect too."""
    with serving() as gone:
        url = gone.url
    with pytest.raises(ToolUnavailableError):
        called(tools, url + "/x", method="POST", fallback="archive")


def test_silent_server_is_cut_off_by_the_calls_own_time(tools: ToolWorld, target: Target) -> None:
    """The manifest's seconds bound the exchange, and the error names the tool."""
    target.replies = [lambda: time.sleep(4) or Reply()]  # type: ignore[func-returns-value]
    start = time.monotonic()
    held = called(tools, target.url + "/x", timeout_seconds=1, retry={"max_attempts": 1})
    assert time.monotonic() - start < 3
    assert held.result.error in ("ToolTimeoutError", "ToolTransientError")


def test_reads_follow_redirects_within_the_hosts(tools: ToolWorld, target: Target) -> None:
    """Relative and absolute locations, up to five."""
    target.replies = [redirect("/b"), redirect(f"{target.url}/c", 307), json_reply("end")]
    assert called(tools, target.url + "/a").result.value == "end"
    assert [request.path for request in target.arrived] == ["/a", "/b", "/c"]


def test_ring_of_redirects_ends(tools: ToolWorld, target: Target) -> None:
    """Six requests at the most."""
    target.replies = [redirect("/a")]
    held = called(tools, target.url + "/a")
    assert held.result.error == "HttpRedirectError"
    assert "redirected more than 5 times" in held.result.message
    assert len(target.arrived) == 6


@pytest.mark.parametrize(("status", "second"), [(307, "POST"), (308, "POST"), (303, "GET"), (301, None), (302, None)])
def test_redirected_effect_keeps_its_method_or_stays(
    tools: ToolWorld, target: Target, status: int, second: str | None
) -> None:
    """307 and 308 repeat the request, 303 reads the outcome, 301 and 302 are the author's to settle."""
    target.replies = [redirect("/b", status), json_reply("ok")]
    held = called(tools, target.url + "/a", {"n": 1}, "POST", body=["n"], on_retry="keyed")
    assert [request.method for request in target.arrived[1:]] == ([second] if second else [])
    assert held.result.ok is (second is not None)
    assert held.result.unknown is (second is None)
    if second == "POST":
        assert target.arrived[1].body == target.arrived[0].body
    if second == "GET":
        assert target.arrived[1].body == b""


OUTCOMES = ["http://169.254.169.254/", "/gone", "/a", "http://127.0.0.1:9/"]


@pytest.mark.parametrize("location", OUTCOMES, ids=["metadata", "404", "ring", "refused"])
def test_effect_that_was_taken_is_unknown_whatever_becomes_of_its_outcome(
    tools: ToolWorld, target: Target, location: str
) -> None:
    """After a 303 nothing is certainly not done: no fallback may repeat it, and a person is asked where none may."""
    again = json_reply({}, 404) if location == "/gone" else redirect(location, 303)
    target.replies = [redirect(location, 303), again]
    held = called(tools, target.url + "/a", method="POST", on_retry="keyed", fallback="archive")
    assert (held.result.ok, held.result.unknown, held.result.started) == (False, True, True)
    assert "whether its effect happened is unknown" in held.result.message
    target.arrived.clear()
    with pytest.raises(CallUnfinishedError):
        called(tools, target.url + "/a", method="POST")


@pytest.fixture
def secret(tools: ToolWorld) -> Iterator[str]:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="erp/key", SecretString="s3cr3t-value")
    forget_secrets()
    yield "s3cr3t-value"
    client.delete_secret(SecretId="erp/key", ForceDeleteWithoutRecovery=True)
    forget_secrets()


SECRET = {"name": "erp/key", "header": "Authorization", "prefix": "Bearer "}


def test_secret_is_sent_and_never_told(tools: ToolWorld, target: Target, secret: str) -> None:
    """The header carries it; a server that echoes it does not tell it to the model."""
    target.replies = [json_reply({"you sent": f"Bearer {secret}"})]
    held = called(tools, target.url + "/x", secret=SECRET)
    assert target.arrived[0].headers["Authorization"] == f"Bearer {secret}"
    assert held.result.value == {"you sent": "Bearer [secret]"}


def test_redirect_to_another_host_goes_without_the_secret(tools: ToolWorld, target: Target, secret: str) -> None:
    """Listed or not, another origin is not the one the secret is for."""
    with serving() as other:
        other.replies = [json_reply("elsewhere")]
        target.replies = [redirect(f"http://localhost:{other.port}/b")]
        assert called(tools, target.url + "/a", secret=SECRET).result.value == "elsewhere"
        assert "Authorization" in target.arrived[0].headers
        assert "Authorization" not in other.arrived[0].headers


def test_rotated_secret_is_read_again_after_a_refusal(tools: ToolWorld, target: Target, secret: str) -> None:
    """A 401 forgets the secret that was kept."""
    target.replies = [json_reply({}, 401), json_reply("in")]
    called(tools, target.url + "/x", secret=SECRET)
    boto3.client("secretsmanager").put_secret_value(SecretId="erp/key", SecretString="rotated-value")
    assert called(tools, target.url + "/x", secret=SECRET).result.value == "in"
    assert target.arrived[1].headers["Authorization"] == "Bearer rotated-value"


def test_missing_secret_starts_nothing(tools: ToolWorld, target: Target) -> None:
    """The error names the secret, and nothing was sent."""
    held = called(tools, target.url + "/x", method="POST", secret={"name": "no/such"})
    assert (held.result.error, held.result.started) == ("ToolUnavailableError", False)
    assert "the secret 'no/such' cannot be read: An error occurred (ResourceNotFoundException)" in held.result.message
    assert target.arrived == []


def test_effect_is_not_sent_twice_by_a_second_delivery(tools: ToolWorld, target: Target) -> None:
    """The ledger's one start holds for HTTP as for code."""
    held = called(tools, target.url + "/x", method="POST")
    held.run(HttpRunner(held.entry.manifest, held.entry.manifest.operation))  # type: ignore[arg-type]
    assert len(target.arrived) == 1
    assert held.now.state == CallState.DONE
