"""IBANs: spaces, dashes and case do not matter (ISO 13616). The check digits are the bank's business, not ours."""

import re

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}")
_SEPARATORS = str.maketrans("", "", " -\u00a0\u202f")


def canonical(text: str) -> str | None:
    """Upper case without separators; None for what has not an IBAN's shape."""
    compact = text.translate(_SEPARATORS).upper()
    return compact if compact.isascii() and _IBAN.fullmatch(compact) else None
