"""Check digits: what tells a number of a kind from digits that happen to be as long."""

import re
from collections.abc import Iterable

IBAN_LENGTHS = {
    code: int(length)
    for code, length in re.findall(
        r"([A-Z]{2})(\d+)",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29"
        " ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20"
        " LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29"
        " PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
        " YE30",
    )
}
"""The IBAN registry of SWIFT (ISO 13616), release 100: a country's IBANs are all of one length."""

_SEPARATORS = str.maketrans("", "", " -\u00a0")


def is_iban(text: str) -> bool:
    """Whether length and ISO 7064 mod 97-10 are right."""
    compact = text.translate(_SEPARATORS)
    if IBAN_LENGTHS.get(compact[:2]) != len(compact) or not compact.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """Whether an issuer's range, its length and Luhn's check digit (ISO/IEC 7812) fit."""
    digits = text.translate(_SEPARATORS)
    return _is_issued(digits) and len(set(digits)) > 1 and _luhn(digits)


def _is_issued(digits: str) -> bool:
    if digits[0] == "4":
        return len(digits) in (13, 16, 19)
    if digits[:2] in ("34", "37"):
        return len(digits) == 15
    if 51 <= int(digits[:2]) <= 55 or 2221 <= int(digits[:4]) <= 2720:
        return len(digits) == 16
    if digits[:2] in ("36", "38", "39") or 300 <= int(digits[:3]) <= 305:
        return len(digits) == 14
    return len(digits) in (16, 19) and (
        digits[:2] in ("35", "50", "56", "58", "62", "63", "64", "65", "67") or digits[:4] == "6011"
    )


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def is_cpf(text: str) -> bool:
    """Brazil's two mod 11 digits; eleven equal ones pass the sum and are nobody's."""
    digits = [int(c) for c in text if c.isdigit()]
    return len(set(digits)) > 1 and all(digits[n] == _cpf_digit(digits[:n]) for n in (9, 10))


def _cpf_digit(digits: list[int]) -> int:
    return sum(d * w for d, w in zip(digits, range(len(digits) + 1, 1, -1), strict=True)) * 10 % 11 % 10


def is_nir(text: str) -> bool:
    """France's key: 97 less the number modulo 97, with Corsica's 2A and 2B counted as 19 and 18."""
    compact = text.replace(" ", "")
    body = compact[:13].replace("2A", "19", 1).replace("2B", "18", 1)
    if len(compact) != 15 or not (body + compact[13:]).isdigit() or not _is_month(int(compact[3:5])):
        return False
    return 97 - int(body) % 97 == int(compact[13:])


def _is_month(number: int) -> bool:
    return 1 <= number <= 12 or 20 <= number <= 42 or number >= 50


_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            2,
            4,
            18,
            20,
            11,
            3,
            6,
            8,
            12,
            14,
            16,
            10,
            22,
            25,
            24,
            23,
        ),
        strict=True,
    )
)


def is_codice_fiscale(text: str) -> bool:
    """Italy's control letter (decree of 23 December 1976): odd places by table, even ones by value, modulo 26."""
    return (sum(_weights(text[:15])) % 26) == ord(text[15]) - ord("A")


def _weights(text: str) -> Iterable[int]:
    for place, character in enumerate(text, start=1):
        yield _ODD[character] if place % 2 else int(character) if character.isdigit() else ord(character) - ord("A")
