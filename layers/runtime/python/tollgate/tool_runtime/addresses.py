"""Where an HTTP request may go: a listed host, looked up once, at a public address that is then connected to.

Looking a name up twice would let its owner answer differently the second time (DNS rebinding).
"""

import ipaddress
import os
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from tollgate.errors import FinalError, ToolUnavailableError
from tollgate.settings import endpoint_overrides_allowed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class DestinationRefusedError(FinalError):
    """The request may not go there; the message says why."""


@dataclass(frozen=True)
class Destination:
    """A checked URL and the one address to connect to."""

    scheme: str
    host: str
    port: int
    target: str
    address: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """What the header `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


def loopback_allowed() -> bool:
    """True only where the platform says so, which the local stack does and no deployed template can."""
    return endpoint_overrides_allowed() and os.environ.get("TOLLGATE_ALLOW_LOOPBACK") == "true"


def destination(url: str, hosts: list[str]) -> Destination:
    """The checked destination of a URL. Raises `DestinationRefusedError`, or `ToolUnavailableError` without an answer
    to the look-up."""
    parts, port = _split(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if host not in hosts:
        raise DestinationRefusedError(f"the host {host!r} is not in the tool's hosts: {', '.join(hosts)}")
    address = _looked_up(host, port)
    if parts.scheme != "https" and not ipaddress.ip_address(address).is_loopback:
        raise DestinationRefusedError(f"{host} would be reached without TLS; use https")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port, target, address)


def is_public(address: Address) -> bool:
    """Whether the address, and any address inside it, is one of the public internet."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _split(url: str) -> tuple[SplitResult, int]:
    """The URL's parts and its port. A user in it, or another scheme, is refused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise DestinationRefusedError(f"{url!r} is not a URL: {error}") from None
    if parts.scheme not in ("https", "http") or parts.username is not None or parts.password is not None:
        raise DestinationRefusedError(f"{url!r} is not an https URL without a user")
    return parts, port or {"https": 443, "http": 80}[parts.scheme]


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _looked_up(host: str, port: int) -> str:
    """The first address of the host; one bad address among them refuses them all."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ToolUnavailableError(f"{host} cannot be looked up: {error}") from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    for address in addresses:
        _allow(host, ipaddress.ip_address(address))
    return addresses[0]


def _allow(host: str, address: Address) -> None:
    if is_public(address) or (address.is_loopback and loopback_allowed()):
        return
    raise DestinationRefusedError(f"{host} leads to {address}, which is no address of the public internet")
