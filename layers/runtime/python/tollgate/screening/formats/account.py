"""Account numbers: letters and digits however they are grouped."""

import re

_ACCOUNT = re.compile(r"(?=.*[0-9])[A-Z0-9]{4,34}")
_SEPARATORS = str.maketrans("", "", " -./\u00a0\u202f")


def canonical(text: str) -> str | None:
    """Upper case without separators; leading zeros count."""
    compact = text.translate(_SEPARATORS).upper()
    return compact if compact.isascii() and _ACCOUNT.fullmatch(compact) else None
