"""Where a tool's HTTP request may go: listed hosts, public addresses, one look-up, TLS, and no other place."""

import datetime
import socket
import ssl
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tollgate.errors import FinalError, ToolUnavailableError
from tollgate.models.principal import Principal
from tollgate.models.tool import HttpOperation, Tool
from tollgate.tool_runtime import http_exchange
from tollgate.tool_runtime.addresses import DestinationRefusedError, destination, is_public
from tollgate.tool_runtime.http_operation import HttpRunner
from tollgate.tool_runtime.tool_call import ToolCall

from tests.integration.http_target import Target, json_reply, redirect, serving

HOST = "api.example.test"
ANA = Principal(id="ana", tenant="acme", kind="person")
CALL = ToolCall("exe-1", "c0", 1, "0" * 64, ANA, 4_500, lambda: 10.0, lambda result: {})
Names = dict[str, list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """The world's DNS: host -> addresses. Each look-up of a name with several lists takes the next of them."""
    table: Names = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: Any, *args: Any, **more: Any) -> Any:
        if host not in table:
            return real(host, port, *args, **more)
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in table[host]]

    looked_up: list[str] = []
    table["#log"] = looked_up
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return table


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLLGATE_ALLOW_LOOPBACK", "true")
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)


def get(url: str, hosts: list[str]) -> Any:
    """One GET by the runner."""
    operation = HttpOperation(method="GET", url=url)
    fields = {"schema_version": 1, "name": "look", "description": "Looks.", "kind": "http", "effect": "read"}
    tool = Tool.model_validate({**fields, "input_schema": {}, "operation": operation, "hosts": hosts})
    return HttpRunner(tool, operation).run({}, CALL)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
        "169.254.170.2", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:0:0:0:0:0:5601:5601",
    ],
)  # fmt: skip
def test_address_that_is_not_public_is_refused(names: Names, address: str) -> None:
    """Private, loopback, link-local, metadata, multicast, reserved, and IPv6 forms that stand for such an IPv4."""
    assert not is_public(ip_address(address))
    names[HOST] = [address]
    with pytest.raises(DestinationRefusedError, match="no address of the public internet"):
        destination(f"https://{HOST}/x", [HOST])


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_public_address_is_accepted(names: Names, address: str) -> None:
    """The rule refuses nothing that is public."""
    names[HOST] = [address]
    assert destination(f"https://{HOST}/x", [HOST]).address == address


def test_one_bad_address_among_good_ones_refuses(names: Names) -> None:
    """A name that answers with both is not given the choice."""
    names[HOST] = ["93.184.216.34", "169.254.169.254"]
    with pytest.raises(DestinationRefusedError):
        destination(f"https://{HOST}/x", [HOST])


@pytest.mark.parametrize(
    "url",
    [
        f"https://{HOST}.evil.test/", "https://evil.test/", f"https://{HOST}@evil.test/", f"https://evil.test#{HOST}/",
        f"https://user:word@{HOST}/", f"file://{HOST}/etc/passwd", f"gopher://{HOST}/", "https://169.254.169.254/",
        "https://[::ffff:169.254.169.254]/", f"https://{HOST}:99999/", "https://0x7f000001/", "//",
    ],
)  # fmt: skip
def test_url_that_leads_elsewhere_is_refused(names: Names, url: str) -> None:
    """Only a listed host, over http or https, without a user, is looked up at all."""
    names[HOST] = ["93.184.216.34"]
    with pytest.raises(DestinationRefusedError):
        destination(url, [HOST])
    assert names["#log"] == []


def test_plain_http_to_a_public_address_is_refused(names: Names) -> None:
    """TLS is not optional outside this machine."""
    names[HOST] = ["93.184.216.34"]
    with pytest.raises(DestinationRefusedError, match="use https"):
        destination(f"http://{HOST}/x", [HOST])


@pytest.mark.parametrize(
    ("allow", "ignore"), [(None, None), ("true", "true"), ("1", None), ("TRUE", "true"), ("", None)]
)
def test_loopback_is_closed_unless_the_platform_opens_it(
    monkeypatch: pytest.MonkeyPatch, names: Names, allow: str | None, ignore: str | None
) -> None:
    """The switch of every deployed template closes it, whatever the variable says."""
    for name, value in (("TOLLGATE_ALLOW_LOOPBACK", allow), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ignore)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    names[HOST] = ["127.0.0.1"]
    with pytest.raises(DestinationRefusedError):
        destination(f"https://{HOST}/x", [HOST])


@pytest.mark.usefixtures("loopback")
def test_open_loopback_opens_nothing_else(names: Names) -> None:
    """The local stack's tools still do not reach metadata or the private network."""
    for address in ("169.254.169.254", "10.0.0.1", "0.0.0.0"):
        names[HOST] = [address]
        with pytest.raises(DestinationRefusedError):
            destination(f"https://{HOST}/x", [HOST])


def test_refused_address_is_told_as_not_started(names: Names) -> None:
    """Nothing was sent, and the wrapper may know it."""
    names[HOST] = ["169.254.169.254"]
    with pytest.raises(ToolUnavailableError, match=r"leads to 169\.254\.169\.254"):
        get(f"https://{HOST}/x", [HOST])


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest/meta-data/", "https://evil.test/", "file:///etc/passwd", "http://user@127.0.0.1/"],
)
def test_redirect_is_checked_like_the_first_request(location: str) -> None:
    """A listed host cannot send the request where it may not go."""
    with serving() as target:
        target.replies = [redirect(location)]
        with pytest.raises(DestinationRefusedError):
            get(f"{target.url}/a", ["127.0.0.1"])
        assert len(target.arrived) == 1


@pytest.mark.usefixtures("loopback")
def test_redirect_to_a_listed_name_with_a_bad_address_is_refused(names: Names) -> None:
    """The allow-list does not vouch for what the name points at."""
    names[HOST] = ["169.254.169.254"]
    with serving() as target:
        target.replies = [redirect(f"https://{HOST}/")]
        with pytest.raises(DestinationRefusedError, match="public internet"):
            get(f"{target.url}/a", ["127.0.0.1", HOST])


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ssl.SSLContext]]:
    """Server contexts with a certificate for a name, signed by itself and trusted by this process."""

    def context(name: str) -> ssl.SSLContext:
        key, certificate = _self_signed(name)
        path = tmp_path / f"{name}.pem"
        path.write_bytes(key + certificate)
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        http_exchange._trust.cache_clear()
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(path)
        return server

    yield context
    http_exchange._trust.cache_clear()


def _self_signed(name: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, certificate.public_bytes(pem)


@pytest.mark.usefixtures("loopback")
def test_pinned_address_is_spoken_to_under_the_hosts_name(
    names: Names, certified: Callable[[str], ssl.SSLContext]
) -> None:
    """One look-up; TLS server name, certificate and header `Host` are those of the host, not of the address."""
    names[HOST] = ["127.0.0.1"]
    with serving(certified(HOST)) as target:
        target.replies = [json_reply("over TLS")]
        assert get(f"https://{HOST}:{target.port}/x", [HOST]) == "over TLS"
        assert target.asked_names == [HOST]
        assert target.arrived[0].headers["Host"] == f"{HOST}:{target.port}"
    assert names["#log"] == [HOST]


@pytest.mark.usefixtures("loopback")
def test_name_that_changes_after_the_look_up_changes_nothing(
    names: Names, certified: Callable[[str], ssl.SSLContext]
) -> None:
    """DNS rebinding: the second answer is never asked for, because the connection goes to the first."""
    names[HOST] = ["127.0.0.1"]
    with serving(certified(HOST)) as target:
        to = destination(f"https://{HOST}:{target.port}/x", [HOST])
        names[HOST] = ["169.254.169.254"]
        answer = http_exchange.exchange(to, _plain(target), 5.0)
    assert answer.status == 200
    assert names["#log"] == [HOST]


def _plain(target: Target) -> Any:
    from tollgate.tool_runtime.http_request import HttpRequest

    return HttpRequest("GET", f"https://{HOST}:{target.port}/x", {})


@pytest.mark.usefixtures("loopback")
def test_certificate_for_another_name_is_refused_before_anything_is_sent(
    names: Names, certified: Callable[[str], ssl.SSLContext]
) -> None:
    """The address may be right and the server wrong."""
    names[HOST] = ["127.0.0.1"]
    with serving(certified("other.example.test")) as target:
        with pytest.raises(ToolUnavailableError, match="certificate"):
            get(f"https://{HOST}:{target.port}/x", [HOST])
        assert target.arrived == []


def test_name_that_does_not_exist_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent."""

    def fail(*args: Any, **more: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(ToolUnavailableError, match="cannot be looked up"):
        get(f"https://{HOST}/x", [HOST])
    assert issubclass(DestinationRefusedError, FinalError)
