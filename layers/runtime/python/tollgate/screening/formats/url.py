"""Web addresses as RFC 3986 section 6.2.2 makes them equal; http and https, and two paths, are never equal."""

import re
import unicodedata
from urllib.parse import quote, unquote, urlsplit

SHAPE = r"(?<![\w-])(?:https?://)?[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#][^\s<>\"'`]*)?"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?=//|[^0-9])", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"\w(?:[\w-]*\w)?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\<>\"`{}|^]")


def canonical(text: str) -> str | None:
    """Scheme and host in lower case, host as in DNS, no default port; no scheme means https.

    None for a user name before the host, which is there to deceive, for what is not http(s), and for a host, query or
    fragment that ends in nothing.
    """
    if _FORBIDDEN.search(text):
        return None
    whole = text if _SCHEME.match(text) else f"https://{text}"
    try:
        parts = urlsplit(whole)
        host, port = _host(parts.hostname or ""), parts.port
    except (ValueError, UnicodeError):
        return None
    if parts.scheme.lower() not in _PORTS or "@" in parts.netloc or "." not in host:
        return None
    if text.endswith(("?", "#")):
        return None
    where = host if port in (None, _PORTS[parts.scheme.lower()]) else f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.scheme.lower()}://{where}{_path(parts.path)}{query}{fragment}"


def _host(name: str) -> str:
    """The name as DNS has it (RFC 5891): no letter is taken for another one, as IDNA 2003 takes `\u00df` for `ss`.

    Raises `ValueError` for what is no host name.
    """
    lower = name.lower()
    labels = (lower if lower.isascii() else unicodedata.normalize("NFC", lower)).split(".")
    if not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("no host name")
    return lower if lower.isascii() else ".".join(map(_as_ascii, labels))


def _as_ascii(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"


def _path(path: str) -> str:
    """Dot segments resolved, unreserved characters decoded, an empty path as `/`."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if unquote(segment) == "..":
            kept = kept[:-1]
        elif unquote(segment) != ".":
            kept.append(quote(unquote(segment), safe="!$&'()*+,;=:@~"))
    return "/" + "/".join(kept)
