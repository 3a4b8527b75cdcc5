"""Text without a declared format: the same characters once compatibility forms and spaces are made one."""

from tollgate.screening.formats import decimal
from tollgate.screening.text import folded, normal


def canonical(value: str | int | float) -> str | None:
    """Numbers as decimals, so that 7 and "7" are one; words of letters only in lower case; all else as written.

    A name may be written `Family Reunion` or `family reunion`; an identifier with a digit or a mark may not.
    """
    if not isinstance(value, str):
        return decimal.canonical(value)
    text = normal(value)
    return (folded(text) if is_words(text) else text) or None


def is_words(text: str) -> bool:
    """Whether the text is of letters and spaces only, and long enough that its case says nothing."""
    return len(text) >= 4 and text.replace(" ", "").isalpha()
