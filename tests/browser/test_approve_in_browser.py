"""Approvals by hand: a person at the stand-in's page, the deployed callback behind it, and what the run then does."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Open
from tests.workflow.running import Run, World, person
from tests.workflow.script import answer, call, propose

COLLEAGUE = person("fina", "finance")
"""Somebody who decides through the API."""
PAYMENT: dict[str, Any] = {
    "vendor_id": "V-100",
    "iban": "DE89370400440532013000",
    "amount": 1250.5,
    "currency": "EUR",
    "due": "2027-01-31",
    "note": "March, as ordered",
    "hook": "@hook",
}


def payment(**changes: Any) -> dict[str, Any]:
    return call("pay_vendor", {**PAYMENT, **changes})


def asks(world: World, *calls: dict[str, Any], agent: str = "payer") -> tuple[Run, list[dict[str, Any]]]:
    """A run that has asked about each call."""
    run = world.run([propose(*calls), answer()], agent=agent)
    return run, run.asked(len(calls))


def effects(run: Run) -> list[dict[str, Any]]:
    """What the tools were started with, without the test's own hook."""
    return [{name: value for name, value in start.arguments.items() if name != "hook"} for start in run.script.started]


def test_approving_runs_exactly_what_the_card_shows(world: World, open_page: Open, pictures: Path) -> None:
    """One press: the effect happens once, and the card becomes the record of who decided what when."""
    run, [approval] = asks(world, payment())
    page = open_page()
    card = page.card(approval)
    card.shows(
        "Pay 1250.5 EUR to V-100", "Why it asks", "DE89370400440532013000", "written by the model", "of 5.00 USD"
    )
    card.picture(pictures / "card.png")
    card.press("Approve")
    card.shows("✓ Approved", "Approved by slack:U0LOCAL at 20", "through Slack")
    card.has_no_buttons()
    card.picture(pictures / "approved.png")
    run.completed()
    assert effects(run) == [{name: value for name, value in PAYMENT.items() if name != "hook"}]


def test_the_model_reads_the_reason_of_a_rejection(world: World, open_page: Open, pictures: Path) -> None:
    """The words typed into the form are in the model's next request on the wire, and nothing runs."""
    run, [approval] = asks(world, payment())
    page = open_page()
    card = page.card(approval)
    card.press("Reject")
    expect(page.modal).to_be_visible()
    page.fill("reason", "We have no order for this.\nAsk the vendor first.")
    page.page.screenshot(path=pictures / "reject-form.png")
    page.submit("Reject")
    page.modal_is_gone()
    card.shows("✗ Rejected", "Rejected by slack:U0LOCAL", "We have no order for this.")
    card.picture(pictures / "rejected.png")
    run.completed()
    assert "We have no order for this.\nAsk the vendor first." in json.loads(run.script.told(2))["message"]
    assert effects(run) == []


def test_a_wrong_edit_stays_open_with_its_error_and_the_right_one_is_what_runs(
    world: World, open_page: Open, pictures: Path
) -> None:
    """What no number is never leaves the page; what the schema refuses comes back to its field; then exactly that."""
    run, [approval] = asks(world, payment())
    page = open_page()
    card = page.card(approval)
    card.press("Edit")
    expect(page.field("amount").locator("input")).to_have_value("1250.5")
    page.page.screenshot(path=pictures / "edit-form.png")
    page.fill("amount", "much")
    page.submit("Save and decide")
    expect(page.error_at("amount")).to_contain_text("1250.00")
    page.fill("amount", "-1")
    page.fill("vendor_id", "the usual")
    page.submit("Save and decide")
    expect(page.error_at("amount")).to_contain_text("less than or equal to the minimum of 0")
    expect(page.error_at("vendor_id")).to_be_visible()
    expect(page.field("amount").locator("input")).to_have_value("-1")
    page.page.screenshot(path=pictures / "edit-errors.png")
    assert (page.error_at("note").count(), effects(run)) == (0, [])
    page.fill("amount", "99.95")
    page.fill("vendor_id", "V-7")
    page.choose("currency", "USD")
    page.choose("urgent", "true")
    page.fill("due", "2027-02-28")
    page.fill("lines", '[{"sku": "A", "quantity": 2}]')
    page.fill("note", "")
    page.submit("Save and decide")
    page.modal_is_gone()
    card.shows("✎ Edited", "1250.5 → 99.95", "EUR → USD", "(absent) → true", "March, as ordered → (removed)")
    card.picture(pictures / "edited.png")
    run.completed()
    assert effects(run) == [
        {
            "vendor_id": "V-7",
            "iban": "DE89370400440532013000",
            "amount": 99.95,
            "currency": "USD",
            "due": "2027-02-28",
            "urgent": True,
            "lines": [{"sku": "A", "quantity": 2}],
        }
    ]


def test_a_quorum_of_two_needs_two_people(world: World, open_page: Open, pictures: Path) -> None:
    """The same person twice is one; the second person's press lets the call through."""
    run, [approval] = asks(world, payment(amount=20_000))
    page = open_page()
    card = page.card(approval)
    card.shows("0 of 2 people agreed")
    card.press("Approve")
    card.shows("1 of 2 people agreed: slack:U0LOCAL")
    card.press("Approve")
    card.shows("1 of 2 people agreed: slack:U0LOCAL")
    card.picture(pictures / "half-a-quorum.png")
    assert effects(run) == []
    page.act_as("A colleague")
    card.press("Approve")
    card.shows("Approved by slack:U0LOCAL", "Approved by slack:U0COLLEAGUE")
    card.has_no_buttons()
    card.picture(pictures / "quorum.png")
    run.completed()
    assert len(effects(run)) == 1


def test_silence_escalates_and_then_expires(world: World, open_page: Open, pictures: Path) -> None:
    """The first card hands over to a second one, which expires: nothing runs, and the model is told."""
    run, [approval] = asks(world, payment(), agent="hasty")
    page = open_page()
    first = page.card(approval)
    first.shows("↑ Escalated", "role:lead")
    first.has_no_buttons()
    second = page.card(approval)
    assert second.ts != first.ts
    second.shows("Escalated: nobody decided in time")
    second.picture(pictures / "escalated.png")
    second.shows("Expired", "It was not run, and the agent was told.")
    second.has_no_buttons()
    second.picture(pictures / "expired.png")
    run.completed()
    assert "expired" in run.script.told(2).lower()
    assert effects(run) == []


def test_what_destroys_asks_once_more(world: World, open_page: Open, pictures: Path) -> None:
    """Going back decides nothing; the second yes does."""
    run, [approval] = asks(world, call("delete_vendor", {"vendor_id": "V-100", "hook": "@hook"}))
    page = open_page()
    card = page.card(approval)
    card.shows("⚠ Delete V-100 and all its records")
    card.press("Approve")
    dialog = page.page.get_by_role("dialog", name="Really approve?")
    expect(dialog).to_contain_text("This destroys something: Delete V-100 and all its records")
    page.page.screenshot(path=pictures / "confirm.png")
    dialog.get_by_role("button", name="Go back").click()
    expect(dialog).to_be_hidden()
    assert effects(run) == []
    card.press("Approve")
    dialog.get_by_role("button", name="Approve").click()
    card.shows("✓ Approved")
    run.completed()
    assert effects(run) == [{"vendor_id": "V-100"}]


def test_a_stopped_run_takes_the_buttons_from_its_card(world: World, open_page: Open, pictures: Path) -> None:
    """Whoever looks sees that there is nothing to decide any more."""
    run, [approval] = asks(world, payment())
    page = open_page()
    card = page.card(approval)
    assert run.act("stop").status in (200, 202)
    card.shows("■ Withdrawn", "It was not run.")
    card.has_no_buttons()
    card.picture(pictures / "withdrawn.png")


def test_a_decision_elsewhere_reaches_the_page_and_a_form_that_is_open_too(world: World, open_page: Open) -> None:
    """Who was faster through the API is named at the form, and the form changes nothing."""
    run, [approval] = asks(world, payment())
    page, other = open_page(), open_page()
    page.card(approval).press("Edit")
    card = other.card(approval)
    assert run.decide(approval, "approve", who=COLLEAGUE).status == 200
    card.shows(f"Approved by {COLLEAGUE['id']}", "through the API")
    page.fill("amount", "5")
    page.submit("Save and decide")
    expect(page.modal.get_by_role("alert")).to_contain_text(f"approved by {COLLEAGUE['id']}")
    run.completed()
    assert [effect["amount"] for effect in effects(run)] == [1250.5]


def test_hostile_values_are_letters_and_what_hides_is_visible(world: World, open_page: Open, pictures: Path) -> None:
    """Markup, mentions, direction and look-alikes of a model's making are shown, named, and do nothing."""
    note = "<script>alert(1)</script> <!channel> <https://evil.example|ours> \u202egnp.exe p\u0430ypal"
    run, [approval] = asks(world, payment(note=note))
    page = open_page()
    card = page.card(approval)
    card.shows("<script>alert(1)</script> <!channel> <https://evil.example|ours> [U+202E]gnp.exe")
    card.shows("mixes Cyrillic and Latin letters", "contains invisible characters")
    expect(card.element.locator("script")).to_have_count(0)
    expect(card.element.locator("a")).to_have_count(0)
    card.picture(pictures / "hostile.png")
    run.decide(approval, "reject", who=COLLEAGUE)
    run.completed()


def test_a_phone_shows_card_and_form_without_scrolling_sideways(world: World, open_page: Open, pictures: Path) -> None:
    """Also with a value that has no place to break, and in the dark."""
    run, [approval] = asks(world, payment(note="x" * 900))
    page = open_page(PHONE, dark=True)
    card = page.card(approval)
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not page.page.evaluate(wide)
    card.picture(pictures / "phone-dark.png")
    card.press("Edit")
    expect(page.modal).to_be_visible()
    assert not page.page.evaluate(wide)
    page.page.screenshot(path=pictures / "phone-form.png")
    page.page.keyboard.press("Escape")
    page.modal_is_gone()
    assert run.decide(approval, "reject", who=COLLEAGUE).status == 200
    run.completed()


def test_the_page_does_not_jump_while_somebody_reads(world: World, open_page: Open) -> None:
    """A new card below leaves the reader where they are."""
    first, [one] = asks(world, payment(note="\n".join(map(str, range(100)))))
    page = open_page((1000, 500))
    page.card(one)
    page.page.evaluate("scrollTo({top: 40})")
    second, [two] = asks(world, payment())
    page.card(two)
    assert page.page.evaluate("scrollY") == 40
    for run, approval in ((first, one), (second, two)):
        run.decide(approval, "reject", who=COLLEAGUE)
        run.completed()
