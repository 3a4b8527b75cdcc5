"""Text for a person's eyes: what cannot be seen is written out, and what may deceive the eye is named."""

import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Letters and marks that leave no ink: Hangul fillers, blank Braille, grapheme joiner, Khmer inherent vowels."""
_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x180E))
_PUNYCODE = re.compile(r"\bxn--[a-z0-9-]+", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"[\w-]+(?:[.@][\w-]+)+")
"""A host name or a mail address: its parts are read as one, so they count as one word."""


def visible(text: str) -> str:
    """The text with every invisible, bidirectional or look-alike-blank character as `[U+202E]`; a new line stays."""
    return "".join(character if _is_seen(character) else f"[U+{ord(character):04X}]" for character in text)


def one_line(text: str, limit: int) -> str:
    """Visible text on one line, cut to `limit` characters with the number of those left out."""
    shown = visible(text.replace("\r\n", "\n").replace("\n", " ⏎ "))
    if len(shown) <= limit:
        return shown
    left_out = f"… (+{len(shown) - limit} characters)"
    return shown[: max(0, limit - len(left_out))] + left_out


def warnings(text: str) -> list[str]:
    """What a reader should know before they trust their eyes: mixed scripts, punycode, hidden characters."""
    found = []
    candidates = [*_WORD.findall(text), *_ADDRESS.findall(text)]
    mixed = [(word, scripts) for word in candidates if len(scripts := _scripts(word)) > 1]
    if mixed:
        word, scripts = mixed[0]
        found.append(f"mixes {' and '.join(sorted(scripts))} letters in {visible(word)[:40]!r}")
    if match := _PUNYCODE.search(text):
        found.append(f"contains the punycode name {match[0][:60]!r}")
    if lookalikes := [character for character in text if _is_lookalike(character)]:
        found.append(f"contains {lookalikes[0]!r}, which looks like {unicodedata.normalize('NFKC', lookalikes[0])!r}")
    if visible(text) != text:
        found.append("contains invisible characters, written out as [U+...]")
    return found


def _is_seen(character: str) -> bool:
    if character in "\n ":
        return True
    category = unicodedata.category(character)
    if category in _HIDDEN or character in _BLANK_LETTERS or category == "Zs":
        return False
    return not any(ord(character) in selectors for selectors in _VARIATION_SELECTORS)


def _is_lookalike(character: str) -> bool:
    """A letter or digit that is another one in disguise: full-width, mathematical, or a digit of another script."""
    if ord(character) <= 0xFF or unicodedata.category(character) not in ("Lu", "Ll", "Lo", "Nd"):
        return False
    plain = unicodedata.normalize("NFKC", character)
    return plain != unicodedata.normalize("NFC", character) and plain.isascii()


def _scripts(word: str) -> set[str]:
    """The scripts of a word's letters by their Unicode names. Japanese and Korean mix theirs by nature: one script."""
    scripts = {unicodedata.name(letter, "UNKNOWN").split()[0].capitalize() for letter in word if letter.isalpha()}
    return {_EAST_ASIAN.get(script, script) for script in scripts} - {"Fullwidth", "Micro", "Modifier"}


_EAST_ASIAN = dict.fromkeys(("Cjk", "Hiragana", "Katakana", "Katakana-hiragana", "Hangul", "Bopomofo"), "East Asian")
