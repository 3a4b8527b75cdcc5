"""The connections of the local AWS: open between requests, in step with them, and over when it stops."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterable

import pytest

from local.aws_server import AwsServer
from tests.integration.moto_probe import DEADLINE_SECONDS, Probe

LIST_TABLES = {
    "X-Amz-Target": "DynamoDB_20120810.ListTables",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request",
}


def connection_to(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(url.removeprefix("http://"), timeout=DEADLINE_SECONDS)


def tables(connection: http.client.HTTPConnection, body: bytes = b"{}") -> list[str]:
    """One request of DynamoDB over this very connection, which must not be opened anew."""
    connection.request("POST", "/", body, LIST_TABLES)
    answer: list[str] = json.loads(connection.getresponse().read())["TableNames"]
    return answer


def test_connection_serves_one_request_after_another(probe: Probe) -> None:
    """The client's socket stays the same, and so it costs one connection."""
    connection = connection_to(probe.aws.url)
    tables(connection)
    first = connection.sock
    tables(connection)
    assert connection.sock is first is not None
    connection.close()


def test_request_that_nobody_reads_does_not_become_the_next_one(probe: Probe) -> None:
    """The body of a refused request is not taken for the following request's first line."""
    connection = connection_to(probe.aws.url)
    connection.request("POST", "/", b"GET /moto-api/reset HTTP/1.1\r\n\r\n", {"Origin": "https://evil.example"})
    refused = connection.getresponse()
    refused.read()
    assert refused.status == 403
    assert connection.sock is not None
    assert tables(connection) == probe.client("dynamodb").list_tables()["TableNames"]
    connection.close()


def test_body_in_chunks_is_read_to_its_end(probe: Probe) -> None:
    """A body of unknown length belongs to its request too."""
    connection = connection_to(probe.aws.url)
    connection.request("POST", "/", iter([b"{", b"}"]), LIST_TABLES, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, "TableNames" in json.loads(answer.read())) == (200, True)
    assert tables(connection) == probe.client("dynamodb").list_tables()["TableNames"]
    connection.close()


def test_body_whose_length_is_no_number_is_refused(probe: Probe) -> None:
    """Nobody can say where such a request ends, so its connection ends with it."""
    connection = connection_to(probe.aws.url)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", "many")
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    assert (answer.status, answer.will_close) == (400, True)
    connection.close()


def test_object_may_be_announced_before_it_is_sent(probe: Probe) -> None:
    """`Expect: 100-continue`, as SDKs send it with every object, is answered at once."""
    with socket.create_connection(("127.0.0.1", int(probe.aws.url.rsplit(":", 1)[1])), DEADLINE_SECONDS) as sender:
        host = probe.aws.url.removeprefix("http://")
        sender.sendall(f"PUT /b HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n".encode())
        assert sender.recv(1024).startswith(b"HTTP/1.1 100 ")


def test_failing_application_is_told_to_the_client_and_to_the_log(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the AWS itself is a 500, and the log names it."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("the application broke")

    server = probe.aws._server
    assert isinstance(server, AwsServer)
    logged: list[str] = []
    monkeypatch.setattr(server, "app", fail)
    monkeypatch.setattr(server, "log", lambda kind, message: logged.append(message))
    connection = connection_to(probe.aws.url)
    connection.request("POST", "/", b"{}")
    assert connection.getresponse().status == 500
    connection.close()
    assert "the application broke" in logged[0]


def test_head_of_an_object_has_its_length_and_no_body(probe: Probe) -> None:
    """S3 tells the size without the object."""
    s3 = probe.client("s3")
    s3.create_bucket(Bucket="heads", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="heads", Key="k", Body=b"four")
    assert s3.head_object(Bucket="heads", Key="k")["ContentLength"] == 4
    assert s3.get_object(Bucket="heads", Key="k")["Body"].read() == b"four"


def test_closed_server_ends_the_connections_that_are_open() -> None:
    """A client that waits on an open connection learns at once that nobody answers there any more."""

    def application(_: object, start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b"here"]

    listener = socket.create_server(("127.0.0.1", 0))
    server = AwsServer(listener, application)
    listener.close()
    serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    serving.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE_SECONDS)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"here"
    server.shutdown()
    serving.join(DEADLINE_SECONDS)
    assert connection.sock is not None
    assert connection.sock.recv(1) == b""
    connection.close()
