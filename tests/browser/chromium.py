"""The browser of this machine, as Playwright starts it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


class NoBrowserError(Exception):
    """There is no Chromium; the message says what to install or to set."""


def executable() -> str:
    """The path of a Chromium, or of what `TOLLGATE_CHROMIUM` names. Raises `NoBrowserError`."""
    named = os.environ.get("TOLLGATE_CHROMIUM")
    candidates = [named] if named else NAMES
    found = next((path for path in map(shutil.which, candidates) if path), None)
    if found is None:
        raise NoBrowserError(
            f"the browser tests need a Chromium, and there is none as {', '.join(candidates)}; install one (Debian: "
            "apt-get install chromium; macOS: brew install --cask chromium), or set TOLLGATE_CHROMIUM to its path"
        )
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window; nothing of it is left afterwards."""
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()
