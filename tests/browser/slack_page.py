"""The stand-in's page as a person uses it: by what is written on it, with real clicks and keys."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from local.slack_standin.server import SlackStandIn

PATIENCE = 20_000
"""Milliseconds: a click waits for the callback's function, whose process may start first."""


@dataclass(frozen=True)
class Card:
    """One message on the page, followed by its time stamp through all its replacements."""

    page: Page
    ts: str

    @property
    def element(self) -> Locator:
        return self.page.locator(f'[id="m{self.ts}"]')

    def shows(self, *texts: str) -> None:
        """Waits until the card says all of this."""
        for text in texts:
            expect(self.element).to_contain_text(text, timeout=PATIENCE)

    def button(self, words: str) -> Locator:
        return self.element.locator(".actions > form, .actions > a").get_by_text(words, exact=True)

    def press(self, words: str) -> None:
        self.element.locator(".actions [data-action]").get_by_text(words, exact=True).first.click(timeout=PATIENCE)

    def has_no_buttons(self) -> None:
        expect(self.element.locator(".actions")).to_have_count(0, timeout=PATIENCE)

    def picture(self, path: Path) -> None:
        self.element.screenshot(path=path)


class SlackPage:
    """The page in one browser tab; whatever the browser complains about is in `complaints`."""

    def __init__(self, page: Page, slack: SlackStandIn) -> None:
        self.page, self._slack = page, slack
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        page.goto(slack.url)

    def _heard(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    def card(self, approval: dict[str, Any]) -> Card:
        """The card about this approval that has buttons now, once the page shows it."""
        [ts] = [message.ts for message in self._slack.messages() if _is_about(message.blocks, approval["approval_id"])]
        card = Card(self.page, ts)
        expect(card.element).to_be_visible(timeout=PATIENCE)
        return card

    def act_as(self, name: str) -> None:
        """Another of the people whom the page knows."""
        self.page.locator(".people").get_by_role("button", name=name).click()
        expect(self.page.locator('.people [aria-pressed="true"]')).to_have_text(name)

    @property
    def modal(self) -> Locator:
        return self.page.locator(".modal")

    def field(self, name: str) -> Locator:
        return self.modal.locator(f'[data-field="{name}"]')

    def fill(self, name: str, value: str) -> None:
        self.field(name).locator("input, textarea").fill(value)

    def choose(self, name: str, value: str) -> None:
        self.field(name).locator("select").select_option(value)

    def submit(self, words: str) -> None:
        self.modal.get_by_role("button", name=words).click()

    def error_at(self, name: str) -> Locator:
        return self.field(name).get_by_role("alert")

    def modal_is_gone(self) -> None:
        expect(self.modal).to_have_count(0, timeout=PATIENCE)


def _is_about(blocks: list[dict[str, Any]], approval_id: str) -> bool:
    elements = [element for block in blocks if block["type"] == "actions" for element in block["elements"]]
    return any(approval_id in element.get("value", "") for element in elements)
