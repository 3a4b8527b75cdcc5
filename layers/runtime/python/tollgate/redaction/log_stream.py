"""A text stream that masks before it writes: whole lines at a time, because half of a secret has no form."""

from collections.abc import Callable
from typing import Any, TextIO

LINE_CHARACTERS = 256 * 1024
"""What CloudWatch keeps of one event; longer lines are masked in pieces."""
HELD_CHARACTERS = 1024 * 1024


class LogStream:
    """In place of standard output. What has no line end yet waits for it; what is held waits for `release`."""

    def __init__(self, stream: TextIO, mask: Callable[[str], str]) -> None:
        self._stream, self._mask = stream, mask
        self._open, self._held, self._dropped = "", "", 0
        self._holds = False

    def write(self, text: str) -> int:
        """Several lines that come at once are masked as one text: a key block has many."""
        self._open += text
        if self._open.endswith("\n") or len(self._open) > LINE_CHARACTERS:
            self._emit()
        return len(text)

    def flush(self) -> None:
        """A runtime flushes after every piece of a `print`; the line is not whole then, so it stays."""

    def hold(self) -> None:
        """Until `release` nothing is written; past `HELD_CHARACTERS` lines are counted and dropped."""
        self._holds = True

    def release(self) -> None:
        """Writes what was held, and a line that never ended."""
        self._holds = False
        kept, self._held = self._held, ""
        dropped, self._dropped = self._dropped, 0
        if kept:
            self._put(kept)
        if dropped:
            self._put(f"[{dropped} more characters of this call's log were dropped]\n")
        self._emit()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _emit(self) -> None:
        text, self._open = self._open, ""
        if not text:
            return
        if not self._holds:
            self._put(text)
        elif len(self._held) + len(text) <= HELD_CHARACTERS:
            self._held += text
        else:
            self._dropped += len(text)

    def _put(self, text: str) -> None:
        self._stream.write(self._mask(text))
        self._stream.flush()
