"""What a Slack workspace keeps: messages, open modals, triggers, and words for one person's eyes. In memory."""

import itertools
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

Block = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """A posted message; `edited` counts how often it was replaced, `thread` is the message that it stands below."""

    channel: str
    channel_name: str
    ts: str
    text: str
    blocks: list[Block]
    edited: int = 0
    posted_at: float = 0.0
    thread: str | None = None


@dataclass(frozen=True)
class View:
    """An open modal, the person who sees it, and the errors shown at its fields."""

    view_id: str
    user: str
    body: Block
    errors: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """An ephemeral message."""

    user: str
    text: str


@dataclass
class _Trigger:
    user: str
    made_at: float
    used: bool = False


class WorkspaceError(Exception):
    """Slack's own word for what is wrong, e.g. `channel_not_found`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Workspace:
    """Thread-safe; `version` rises with every change, so that a page knows when to look again."""

    def __init__(self, *, trigger_seconds: float, now: Callable[[], float] = time.time) -> None:
        self._lock = threading.RLock()
        self._now, self._trigger_seconds = now, trigger_seconds
        self._messages: dict[tuple[str, str], Message] = {}
        self._views: dict[str, View] = {}
        self._triggers: dict[str, _Trigger] = {}
        self._responses: dict[str, str] = {}
        self._notices: list[Notice] = []
        self._last_ts, self._ids = 0, itertools.count(1)
        self.version = 0

    def messages(self) -> list[Message]:
        """Oldest first, each as it stands now."""
        with self._lock:
            return list(self._messages.values())

    def notices(self, user: str | None = None) -> list[Notice]:
        """What was said to one person, or to each."""
        with self._lock:
            return [notice for notice in self._notices if user in (None, notice.user)]

    def views(self) -> list[View]:
        """Open modals, oldest first."""
        with self._lock:
            return list(self._views.values())

    def post(self, channel: str, text: str, blocks: list[Block], *, thread: str | None = None) -> Message:
        """A new message, or a reply to the one with the time stamp `thread`. Raises `WorkspaceError`."""
        name = channel.removeprefix("#")
        if not name:
            raise WorkspaceError("channel_not_found")
        with self._lock:
            # Slack's time stamps are unique in a channel and rise; two posts in one microsecond get different ones.
            self._last_ts = max(self._last_ts + 1, int(self._now() * 1_000_000))
            ts = f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"
            place = channel_id(channel)
            known = next(
                (message.channel_name for message in self._messages.values() if message.channel == place), name
            )
            if thread is not None and (place, thread) not in self._messages:
                raise WorkspaceError("thread_not_found")
            message = Message(place, known, ts, text, blocks, posted_at=self._now(), thread=thread)
            self._messages[place, ts] = message
            self._changed()
        return message

    def update(self, channel: str, ts: str, text: str, blocks: list[Block]) -> Message:
        """Replaces a message. Raises `WorkspaceError`."""
        with self._lock:
            found = self._messages.get((channel, ts))
            if found is None:
                raise WorkspaceError("message_not_found")
            message = replace(found, text=text, blocks=blocks, edited=found.edited + 1)
            self._messages[channel, ts] = message
            self._changed()
        return message

    def trigger(self, user: str) -> str:
        """A new trigger for one modal."""
        with self._lock:
            trigger_id = f"{next(self._ids)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
            self._triggers[trigger_id] = _Trigger(user, self._now())
        return trigger_id

    def open_view(self, trigger_id: str, body: Block) -> View:
        """Opens a modal for whoever the trigger belongs to. Raises `WorkspaceError`."""
        with self._lock:
            trigger = self._triggers.get(trigger_id)
            if trigger is None:
                raise WorkspaceError("invalid_trigger_id")
            if trigger.used:
                raise WorkspaceError("exchanged_trigger_id")
            if self._now() - trigger.made_at > self._trigger_seconds:
                raise WorkspaceError("expired_trigger_id")
            trigger.used = True
            view = View(f"V{next(self._ids):08d}", trigger.user, body)
            self._views[view.view_id] = view
            self._changed()
        return view

    def view(self, view_id: str) -> View | None:
        """An open modal."""
        with self._lock:
            return self._views.get(view_id)

    def show_errors(self, view_id: str, errors: dict[str, str], typed: dict[str, str]) -> None:
        """The modal stays open, with the errors at its fields."""
        with self._lock:
            if view_id in self._views:
                self._views[view_id] = replace(self._views[view_id], errors=errors, typed=typed)
                self._changed()

    def close_view(self, view_id: str) -> None:
        """The modal is gone."""
        with self._lock:
            if self._views.pop(view_id, None):
                self._changed()

    def response_path(self, user: str) -> str:
        """Where an app can answer one click."""
        with self._lock:
            path = f"/response/{secrets.token_urlsafe(16)}"
            self._responses[path] = user
        return path

    def respond(self, path: str, text: str) -> None:
        """An answer to a click. Raises `WorkspaceError`."""
        with self._lock:
            if path not in self._responses:
                raise WorkspaceError("invalid_url")
            self.notify(self._responses[path], text)

    def notify(self, user: str, text: str) -> None:
        """Words for one person."""
        with self._lock:
            self._notices.append(Notice(user, text))
            self._changed()

    def _changed(self) -> None:
        self.version += 1


def channel_id(channel: str) -> str:
    """A stable id for a channel's name; ids stand for themselves."""
    if channel[:1] in "CDG" and channel[1:].isalnum() and channel.isupper():
        return channel
    return "C" + channel.removeprefix("#").encode().hex().upper()[:24]
