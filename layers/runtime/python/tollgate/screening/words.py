"""Words of names and sentences, reduced to stems so that `invoices` names what `invoice_id` is about."""

import re

_PARTS = re.compile(r"[a-z0-9]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
GENERIC = frozenset({"id", "number", "no", "nr", "num", "name", "value", "key", "code", "ref", "reference"})
"""Words that say that something is named, not what."""


def words(name: str) -> list[str]:
    """`get_open_orders` and `getOpenOrders` are `[get, open, order]`."""
    return [stem(part) for part in _PARTS.findall(_HUMP.sub(" ", name).lower())] or [""]


def significant(found: list[str]) -> list[str]:
    """The words that say what something is; all of them if every one is generic."""
    return [word for word in found if word not in GENERIC] or found


def stem(word: str) -> str:
    """The word without its plural or verb ending: `orders` and `ordered` are `order`, `cancelling` is `cancel`."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending)
            break
    if len(word) > 3 and (word[-1] in "ey" or (word[-1] == word[-2] and word[-1] not in "aeiou")):
        return word[:-1]
    return word
