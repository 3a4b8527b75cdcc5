"""Recognises IBANs by country, length and check digits (ISO 13616, mod 97): a typo is not an account."""

import re

_LENGTHS_BY_COUNTRY = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 "
    "ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 "
    "QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
LENGTHS = {entry[:2]: int(entry[2:]) for entry in _LENGTHS_BY_COUNTRY.split()}
"""SWIFT's IBAN registry (https://www.swift.com/standards/data-standards/iban-international-bank-account-number)."""

_FORM = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]+", re.ASCII)
_START = re.compile(r"(?<![A-Z0-9])[A-Z]{2}(?=[\s.\-]?\d[\s.\-]?\d)", re.ASCII)
_SEPARATORS = re.compile(r"[\s.\-]+")
_LONGEST_SPACED = 100


def is_iban(account: str) -> bool:
    """Whether the account, in capitals and without spaces, has its country's length and right check digits."""
    if LENGTHS.get(account[:2]) != len(account) or not _FORM.fullmatch(account):
        return False
    moved = account[4:] + account[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def in_text(text: str) -> list[str]:
    """IBANs that a text mentions, in order and once each, whatever spaces, dots or hyphens divide them."""
    capitals = text.upper()
    found = [_at(capitals, match.start()) for match in _START.finditer(capitals)]
    return list(dict.fromkeys(account for account in found if is_iban(account)))


def _at(text: str, start: int) -> str:
    """As many characters from `start` as the country's IBANs have, separators left out."""
    compact = _SEPARATORS.sub("", text[start : start + _LONGEST_SPACED])
    return compact[: LENGTHS.get(compact[:2], 0)]
