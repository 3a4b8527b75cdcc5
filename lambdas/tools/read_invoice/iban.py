"""Recognises IBANs by form and check digits (ISO 13616, mod 97), so that a typo is not taken for an account."""

import re

_FORM = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_IN_TEXT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}", re.ASCII)


def is_iban(account: str) -> bool:
    """Whether the account, written without spaces, has an IBAN's form and right check digits."""
    if not _FORM.fullmatch(account):
        return False
    moved = account[4:] + account[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def in_text(text: str) -> list[str]:
    """IBANs with right check digits that a text mentions, spaced or not, in order."""
    return list(dict.fromkeys(iban for match in _IN_TEXT.finditer(text.upper()) if (iban := _longest(match.group()))))


def _longest(candidate: str) -> str | None:
    """The longest prefix that is an IBAN: the words after an account number look like more of it."""
    compact = candidate.replace(" ", "")
    return next((compact[:size] for size in range(len(compact), 14, -1) if is_iban(compact[:size])), None)
