"""Secrets that only their surroundings give away: a key block, a header, an assignment, a URL with a password.

No detector by entropy: invoice numbers, hashes, ids and base64 attachments are as random as keys, and an honest text
that is masked or refused costs more than it saves. What has neither a known shape nor a name before it is not found.
"""

import re

from tollgate.detection.detector import Detector

_KEY_BODY = re.compile(r"[A-Za-z0-9+/]{32}")
_LETTERS_ONLY = re.compile(r"[A-Za-z]+[.,!?]?")
_PLACEHOLDER = re.compile(
    r"\[redacted.*|[*xX.•_-]+|<.*|\$\{.*|\$[A-Z_]+|\{\{?.*|%[sd(].*|(?i:none|null|true|false|undefined|your[_-].*|example.*)",
    re.DOTALL,
)
_NAME = (
    r"(?:pass(?:word|wd|phrase|code)|\bpwd|secret(?:[_ -]?(?:access[_ -]?)?key)?|api[_ -]?(?:key|token|secret)"
    r"|access[_ -]?(?:key|token)|auth[_ -]?token|refresh[_ -]?token|bearer[_ -]?token|account[_ -]?key"
    r"|(?:client|shared|signing)[_ -]?secret|private[_ -]?key|credentials?)"
)
_GAP = r"[\"'\\]{0,3}"


def _is_key_block(value: str) -> bool:
    """A header that prose mentions is no key; 32 characters of base64 behind it are."""
    return _KEY_BODY.search(value) is not None


def _is_chosen(value: str) -> bool:
    return _PLACEHOLDER.fullmatch(value) is None


def _is_no_word(value: str) -> bool:
    """Unquoted behind a colon, `password: required` is a sentence; a secret there has more than letters."""
    return _is_chosen(value) and _LETTERS_ONLY.fullmatch(value) is None


WRITTEN_SECRETS: tuple[Detector, ...] = (
    Detector(
        "private_key",
        "secret",
        ("private key",),
        # RFC 7468 text up to its end line, or to where a cut text ends; 16 KB is a 16,384-bit RSA key and its headers.
        (
            r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:[^-]|-(?!----)){0,16384}+(?:-----END [A-Z0-9 ]{0,48}-----)?"
        ),
        _is_key_block,
    ),
    Detector(
        "authorization_header",
        "secret",
        ("authorization",),
        (
            rf"(?i:authorization){_GAP}\s{{0,3}}[:=]\s{{0,3}}{_GAP}(?:(?i:bearer|basic|token|apikey|digest|negotiate)\s{{1,3}})?"
            r"(?P<value>[A-Za-z0-9._~+/=:-]{6,4096}+)"
        ),
        _is_no_word,
    ),
    Detector(
        "bearer_token",
        "secret",
        ("bearer ",),
        r"\b[Bb]earer\s{1,3}(?P<value>[A-Za-z0-9._~+/=-]{16,4096}+)",
        lambda value: any(map(str.isdigit, value)) and any(map(str.isalpha, value)),
    ),
    Detector(
        "url_password",
        "secret",
        ("://",),
        r"://[^\s:/@\"'<>\\]{0,128}+:(?P<value>[^\s@/\"'<>\\]{3,256}+)@",
        _is_chosen,
    ),
    Detector(
        "password",
        "secret",
        ("pass", "pwd", "secret", "token", "key", "credential"),
        # Quoted, or without a space behind `=`: whatever stands there.
        (
            rf"(?i:{_NAME})(?:{_GAP}\s{{0,3}}(?::=|=>|[:=])\s{{0,3}}\\?(?P<quote>[\"'])|=(?![\s=>\"'\\]))"
            r"(?P<value>(?(quote)(?:(?!(?P=quote))[^\\\n]){4,512}+|[^\s\"'&,;<>\\]{4,512}+))"
        ),
        _is_chosen,
    ),
    Detector(
        "password",
        "secret",
        ("pass", "pwd", "secret", "token", "key", "credential"),
        rf"(?i:{_NAME})\s{{0,3}}(?::|=(?=\s))\s{{1,3}}(?P<value>[^\s\"'&,;<>\\]{{4,512}}+)",
        _is_no_word,
    ),
)
