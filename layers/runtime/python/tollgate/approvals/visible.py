"""Text for a person's eyes: what cannot be seen is written out, and what may deceive the eye is named."""

import json
import re
import unicodedata
from functools import lru_cache

_HIDDEN = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Letters and marks that leave no ink: Hangul fillers, blank Braille, grapheme joiner, Khmer inherent vowels."""
_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x180E))
_WRITTEN_OUT = re.compile(r"\[U\+([0-9A-F]{4,6})\]")
_PLAIN = re.compile(r"[\n -~]*")
_SPACES = re.compile(r"\A[ \n]|[ \n]\Z|  ")
_PUNYCODE = re.compile(r"\bxn--[a-z0-9-]+", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"(?<![\w-])[\w-]+(?:[.@][\w-]+)+")
"""A host name or a mail address: its parts are read as one, so they count as one word. It starts where a word starts,
or a long word would be read again from each of its letters."""
_LOOKS_LATIN = frozenset("асеорхуіјѕһԁԛԝӏАВЕКМНОРСТУХІЈЅԚԜӀҮοΑΒΕΖΗΙΚΜΝΟΡΤΥΧօհոսԼՏՕ")
"""Cyrillic, Greek and Armenian letters that an eye reads as Latin ones (Unicode TR 39's confusables, letters only)."""
_MARKS_ON_A_LETTER = 2
_DRAWN_ACROSS, _DRAWN_ABOVE_OR_BELOW = 1, 200
"""Combining classes of Unicode: 1 is an overlay, from 200 on are marks around their letter."""


def visible(text: str) -> str:
    """The text with every character as `[U+202E]` that is invisible, blank, turns or hides others; a new line stays.

    Of marks piled on one letter the first two stay: more are drawn over the lines around them.
    """
    if _PLAIN.fullmatch(text):
        return text
    shown, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) >= _DRAWN_ABOVE_OR_BELOW else 0
        is_seen = marks <= _MARKS_ON_A_LETTER and _is_seen(character)
        shown.append(character if is_seen else f"[U+{ord(character):04X}]")
    return "".join(shown)


def restored(text: str, original: str) -> str:
    """What `visible` wrote out of `original`, turned back where it stands in `text`.

    Any other `[U+202E]`, and one that `original` itself has as text, stays as it was typed.
    """

    def meant(mark: re.Match[str]) -> str:
        code = int(mark[1], 16)
        stands_for = chr(code) if code < 0x110000 else ""
        return stands_for if stands_for and stands_for in original and mark[0] not in original else mark[0]

    return _WRITTEN_OUT.sub(meant, text)


def one_line(text: str, limit: int) -> str:
    """Visible text on one line, cut to `limit` characters with the number of those left out."""
    shown = visible(text.replace("\r\n", "\n").replace("\n", " ⏎ "))
    if len(shown) <= limit:
        return shown
    left_out = f"… (+{len(shown) - limit} characters)"
    return shown[: max(0, limit - len(left_out))] + left_out


def whole(text: str) -> str:
    """Visible text, uncut, each further line marked, so that none can pose as a line of ours; blanks are said."""
    if not text.strip(" \n"):
        return f"(blank: {json.dumps(text)})" if text else "(empty)"
    return visible(text.replace("\r\n", "\n")).replace("\n", "\n⏎ ")


def brief(text: str, limit: int) -> str:
    """The same on one line, cut to `limit` characters."""
    return one_line(text if text.strip(" \n") else whole(text), limit)


def space_warnings(text: str) -> list[str]:
    """What to know of a value that has to be right to the last space."""
    return ["has spaces at an end or in a row"] if _SPACES.search(text) else []


def warnings(text: str) -> list[str]:
    """What a reader should know before they trust their eyes: mixed scripts, punycode, hidden characters."""
    if _PLAIN.fullmatch(text):
        return _punycode(text)
    found = []
    words = _WORD.findall(text)
    mixed = next((word for word in [*words, *_ADDRESS.findall(text)] if len(_scripts(word)) > 1), "")
    if mixed:
        found.append(f"mixes {' and '.join(sorted(_scripts(mixed)))} letters in {visible(mixed)[:40]!r}")
    elif posing := _posing_as_latin(text, words):
        found.append(f"{posing[:40]!r} looks Latin, and is {' and '.join(_scripts(posing))}")
    found += _punycode(text)
    if lookalikes := [character for character in text if _is_lookalike(character)]:
        found.append(f"contains {lookalikes[0]!r}, which looks like {unicodedata.normalize('NFKC', lookalikes[0])!r}")
    if visible(text) != text:
        found.append("contains invisible characters or marks that hide others, written out as [U+...]")
    return found


def _punycode(text: str) -> list[str]:
    match = _PUNYCODE.search(text)
    return [f"contains the punycode name {match[0][:60]!r}"] if match else []


@lru_cache(maxsize=4096)
def _is_seen(character: str) -> bool:
    if character in "\n ":
        return True
    category = unicodedata.category(character)
    if category == "Me" or unicodedata.combining(character) == _DRAWN_ACROSS:
        return False
    if category in _HIDDEN or character in _BLANK_LETTERS or category == "Zs":
        return False
    return not any(ord(character) in selectors for selectors in _VARIATION_SELECTORS)


def _is_lookalike(character: str) -> bool:
    """A letter or digit that is another one in disguise: full-width, mathematical, or a digit of another script."""
    if ord(character) <= 0xFF or unicodedata.category(character) not in ("Lu", "Ll", "Lo", "Nd"):
        return False
    plain = unicodedata.normalize("NFKC", character)
    return plain != unicodedata.normalize("NFC", character) and plain.isascii()


def _posing_as_latin(text: str, words: list[str]) -> str:
    """The first word of look-alikes alone; none where the text has letters of that script that look like no other."""
    honest = _scripts("".join(letter for letter in text if letter not in _LOOKS_LATIN))
    for word in words:
        letters = [letter for letter in word if letter.isalpha()]
        if letters and all(letter in _LOOKS_LATIN for letter in letters) and not _scripts(word) & honest:
            return word
    return ""


def _scripts(word: str) -> set[str]:
    """The scripts of a word's letters by their Unicode names. Japanese and Korean mix theirs by nature: one script."""
    scripts = {unicodedata.name(letter, "UNKNOWN").split()[0].capitalize() for letter in word if letter.isalpha()}
    return {_EAST_ASIAN.get(script, script) for script in scripts} - _NO_SCRIPT


_NO_SCRIPT = frozenset({"Fullwidth", "Micro", "Modifier", "Feminine", "Masculine"})
"""First words of the names of letters that all scripts use; the last two are the ordinals of `Nº 1ª`."""
_EAST_ASIAN = dict.fromkeys(("Cjk", "Hiragana", "Katakana", "Katakana-hiragana", "Hangul", "Bopomofo"), "East Asian")
