"""One written form for text that is compared: compatibility forms folded, invisible characters gone, spaces single.

Nothing here is fuzzy: texts of different letters stay different, and a Cyrillic letter is never its Latin look-alike.
"""

import json
import re
import unicodedata

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Zero-width, bidirectional, tag, variation and filler characters: they change what a program reads, not what a
person sees (Unicode 16 `Default_Ignorable_Code_Point`, and the interlinear marks)."""


OWN_NAME = "(a name of the model's own)"
"""What a person reads in the place of a key that no manifest declares: the model could have written anything there."""
_MARKS = re.compile(r"[\W_]+")


def normal(text: str) -> str:
    """NFKC without invisible characters, white space as single spaces; case is kept."""
    if not text.isascii():
        text = INVISIBLE.sub("", unicodedata.normalize("NFKC", INVISIBLE.sub("", text)))
    return " ".join(text.split())


def folded(text: str) -> str:
    """Case folded, character by character, so that positions stay the same."""
    if text.isascii():
        return text.lower()
    return "".join(other if len(other := character.casefold()) == 1 else character for character in text)


def squeezed(text: str) -> str:
    """Letters and digits only, case folded: to find a value however it was grouped or punctuated."""
    return _MARKS.sub("", folded(normal(text)))


def shown(value: object, limit: int = 80) -> str:
    """A value as people read it in a message, cut."""
    text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def quoted(value: object, limit: int = 80) -> str:
    """A text as JSON spells it, cut, for the model that wrote it; escaped where it holds what nobody sees."""
    text = shown(value, limit)
    return json.dumps(text, ensure_ascii=not text.isprintable())
