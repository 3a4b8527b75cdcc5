"""Links in a text: what a browser, a chat or a mail program would make clickable, or load by itself."""

import re
from collections.abc import Iterator

from tollgate.answer.strings import readings
from tollgate.answer.top_level_domains import TOP_LEVEL_DOMAINS
from tollgate.screening.formats import url

NOWHERE = ""
"""The host of a link that leads to no host that could be trusted: a script, data, a user name before the host."""

_AUTHORITY = r"[^\s/?#\\|<>\"'`(){},;!]+"
_SCHEME = re.compile(
    rf"(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{{1,15}}):(?://|\\\\|/\\|\\/)({_AUTHORITY})?(\\?)", re.IGNORECASE
)
_LAZY = re.compile(rf"(?<![a-z0-9+.-])https?:[/\\]?(?![/\\])({_AUTHORITY})", re.IGNORECASE)
"""Browsers take `https:host` and `https:/host` for `https://host`."""
_RELATIVE = re.compile(rf"(?<![A-Za-z0-9:/\\])[/\\]{{2,}}({_AUTHORITY})(\\?)")
"""`//host` has the scheme of the page that it stands in."""
_BARE = re.compile(
    r"(?<![^\W_])(?<![@./\\-])((?:(?:[^\W_]|-)+\.)+(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24}))(?![^\W_]|[@-]|\.[^\W_])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![\w./\\-])(\d{1,3}(?:\.\d{1,3}){3})(?=:\d|/\w)")
_ACTIVE = re.compile(
    r"\b(?:javascript|vbscript|blob)\s*:\s*\S|\bdata:(?:[a-z0-9.+-]+/[a-z0-9.+-]+)?(?:;[^,\s]*)?,\S", re.IGNORECASE
)
_AROUND = ".:;*_~]"


def linked_hosts(text: str) -> set[str]:
    """The host of every link, `NOWHERE` for those that no source could vouch for."""
    return {host for reading in readings(text) for host in _linked(reading)}


def named_hosts(text: str) -> set[str]:
    """Every host that a trusted text may vouch for: its links, and any dotted word."""
    words = (_host(match[1]) for reading in readings(text) for match in _BARE.finditer(reading))
    return {host for host in (*linked_hosts(text), *words) if host != NOWHERE}


def _linked(text: str) -> Iterator[str]:
    for match in _SCHEME.finditer(text):
        if match[2] or match[1].lower() not in ("http", "https"):
            honest = match[1].lower() in ("http", "https") and not match[3]
            yield _host(match[2]) if honest else NOWHERE
    yield from (_host(match[1]) for match in _LAZY.finditer(text))
    for match in _RELATIVE.finditer(text):
        if "." in match[1] or match[1].startswith("["):
            yield NOWHERE if match[2] else _host(match[1])
    yield from (_host(match[1]) for match in _BARE.finditer(text) if _is_domain(match[1]))
    yield from (_host(match[1]) for match in _ADDRESS.finditer(text))
    if _ACTIVE.search(text):
        yield NOWHERE


def _host(authority: str) -> str:
    """The host as DNS knows it, without port and `www.`; `NOWHERE` where readers may disagree which host it is."""
    canonical = url.canonical(f"https://{authority.rstrip(_AROUND)}")
    if canonical is None:
        return NOWHERE
    return canonical.removeprefix("https://").partition("/")[0].partition(":")[0].removeprefix("www.")


def _is_domain(word: str) -> bool:
    """Whether the last label is a top-level domain: programs link `acme.org`, and not `invoice.total`."""
    last = word.rpartition(".")[2].lower()
    try:
        return (last if last.isascii() else last.encode("idna").decode("ascii")) in TOP_LEVEL_DOMAINS
    except UnicodeError:
        return False
