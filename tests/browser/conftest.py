"""The whole local stack and a real browser, once for all browser tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from local.slack_standin.server import SlackStandIn
from local.stack import ROOT
from tests.browser import definitions
from tests.browser.chromium import NoBrowserError, chromium, executable
from tests.browser.slack_page import SlackPage
from tests.workflow.project import world_of
from tests.workflow.running import World

PICTURES = ROOT / ".build" / "browser-tests" / "pictures"
DESKTOP, PHONE = (1000, 1000), (390, 844)
Open = Callable[..., SlackPage]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Says what to install before anything is started."""
    try:
        executable()
    except NoBrowserError as error:
        pytest.exit(str(error), returncode=2)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The running stack with agents that ask."""
    with world_of("browser-tests", definitions.write, tmp_path_factory.mktemp("home")) as world:
        yield world


@pytest.fixture(scope="session")
def standin(world: World) -> SlackStandIn:
    assert world.stack.slack is not None
    return world.stack.slack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def open_page(browser: Browser, standin: SlackStandIn) -> Iterator[Open]:
    """Opens the page as somebody new to it; at the end no tab may have complained."""
    opened: list[SlackPage] = []

    def open_one(size: tuple[int, int] = DESKTOP, *, dark: bool = False) -> SlackPage:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
        )
        opened.append(SlackPage(context.new_page(), standin))
        return opened[-1]

    yield open_one
    complaints = [complaint for page in opened for complaint in page.complaints]
    for page in opened:
        page.page.context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where the tests leave pictures for people to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES
