"""Links, addresses and account numbers inside free text: what somebody could follow, write to or pay.

Strict on purpose: a dotted word that no file has as its ending counts as a host, because the list of top-level domains
is longer than anybody's memory. A file name, a number with a fraction and a date do not count.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tollgate.screening.formats import email
from tollgate.screening.sinks import Value
from tollgate.screening.text import normal

if TYPE_CHECKING:
    from tollgate.screening.evidence import Evidence

FILE_ENDINGS = frozenset({
    "bak", "bmp", "csv", "doc", "docx", "eml", "gif", "gz", "htm", "html", "ics", "ini", "jpeg", "jpg", "json",
    "log", "mp3", "mp4", "odp", "ods", "odt", "pdf", "png", "ppt", "pptx", "rar", "rtf", "svg", "tar", "tif",
    "tiff", "tsv", "txt", "ubl", "wav", "webp", "xls", "xlsm", "xlsx", "xml", "yaml", "yml",
})  # fmt: skip
"""None of them is a top-level domain."""

MIN_DIGITS = 8
"""Of an account; shorter numbers are years, amounts and counts."""

_LINK = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{1,15}://)[^\s<>\"'`]+"
    r"|(?P<mail>" + email.SHAPE + r")"
    r"|(?P<host>(?<![\w@.-])(?:[\w-]+\.)+[^\W\d_]{2,24}(?::\d+)?(?:[/?#][^\s<>\"'`]*)?)"
    r"|(?P<address>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:[/?#][^\s<>\"'`]*)?(?![\w.]))"
    r"|(?P<other>\b(?:javascript|data|tel|sms):[^\s<>\"'`]+)",
    re.IGNORECASE,
)
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[A-Za-z0-9]{4}|[ -][A-Z0-9]{4}){2,7}"
    r"(?:[A-Za-z0-9]{1,3}|[ -]\d{1,3})?(?![A-Za-z0-9])"
)
_ACCOUNT = re.compile(r"(?<![\w.,])\+?\d(?:[ -]?\d){7,29}(?![\w]|[.,]\d)")
_OPAQUE = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{26,}(?![A-Za-z0-9])")
_MARK = re.compile(r"[.@:]")
_DIGIT = re.compile(r"\d")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}(?::\d{2})*)?")
_HXXP = re.compile("hxxp", re.IGNORECASE)
_DEFANGED = re.compile(r"\[\.\]|\(dot\)|\[dot\]|\(\.\)", re.IGNORECASE)


@dataclass(frozen=True)
class Identifier:
    """Something a reader could act on; `kind` is the format that it is compared in."""

    kind: str
    text: str


def find(text: str) -> list[Identifier]:
    """Every identifier of the text, once."""
    plain = _armed(normal(text))
    links = [found for word in _marked(plain) for match in _LINK.finditer(word) if (found := _link(match))]
    return list(dict.fromkeys([*links, *_accounts(plain)]))


def unvouched(evidence: "Evidence", value: Value) -> list[Identifier]:
    """Those in a value that neither the request nor a trusted lookup names, each as a value of its own."""
    found = [] if isinstance(value.raw, bool) else find(str(value.raw))
    return [one for one in found if evidence.source_of([_as_value(value, one)], "text") is None]


def _as_value(value: Value, found: Identifier) -> Value:
    return Value(value.pointer, value.argument, found.text, found.kind)


def _marked(plain: str) -> Iterator[str]:
    """The words that hold what no link or address is without; each character is looked at a few times at the most."""
    end = 0
    for mark in _MARK.finditer(plain):
        if mark.start() >= end:
            start = plain.rfind(" ", end, mark.start()) + 1 or end
            end = plain.find(" ", mark.start())
            end = len(plain) if end < 0 else end
            yield plain[start:end]


def _armed(plain: str) -> str:
    """The text with links that were written so as not to be links (`hxxp://evil[.]com`) as what they stand for."""
    if "[" in plain or "(" in plain:
        plain = _DEFANGED.sub(".", plain)
    return _HXXP.sub("http", plain) if "hxxp" in plain.lower() else plain


def _accounts(plain: str) -> list[Identifier]:
    """What could be paid to: IBANs, and long numbers that are no link, date or amount."""
    if _DIGIT.search(plain) is None:
        return []
    rest = _TIME.sub(" ", _LINK.sub(" ", plain))
    ibans = written_ibans(rest)
    for iban in ibans:
        rest = rest.replace(iban, " ")
    accounts = [match[0] for pattern in (_ACCOUNT, _OPAQUE) for match in pattern.finditer(rest)]
    return [*(Identifier("iban", iban) for iban in ibans), *(Identifier("account", a.lstrip("+")) for a in accounts)]


def written_ibans(text: str) -> list[str]:
    """What has an IBAN's shape, in order; the check digits may be wrong."""
    return [text[start:end] for start, end in iban_places(text)]


def iban_places(text: str) -> list[tuple[int, int]]:
    """Where they stand."""
    return [match.span() for match in _IBAN.finditer(text) if sum(map(str.isdigit, match[0])) >= MIN_DIGITS]


def _link(match: re.Match[str]) -> Identifier | None:
    text = match[0].strip(".,;:!?)]'\"`*")
    if match["mail"]:
        return Identifier("email", text)
    if match["host"] and _is_file(text):
        return None
    return Identifier("url", text)


def _is_file(text: str) -> bool:
    """Whether a dotted word is a file's name: a known ending and no path, port or `www.` about it."""
    bare = not any(mark in text for mark in "/?#:") and not text.lower().startswith("www.")
    return bare and text.rpartition(".")[2].lower() in FILE_ENDINGS
