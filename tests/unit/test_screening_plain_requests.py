"""Requests as people write them: what they ask for runs, in the words that they use; what they do not ask for asks.

The gate is worth nothing where it asks about everything, so these are held as firmly as the attacks.
"""

from typing import Any

import pytest
from tollgate.screening.case import Case, Proposed, Standing
from tollgate.screening.engine import screen
from tollgate.screening.evidence import Evidence

from tests.unit.screening_cases import IBAN_A, IBAN_B, NOW, NUMBER, TEXT, agent, by_name, request, tool

TOOLS = by_name(
    tool(
        "transfer",
        "write",
        {"to": TEXT, "amount": NUMBER, "currency": TEXT},
        sinks=[["to", "amount", "currency"]],
        formats={"to": "iban", "amount": {"decimal": "currency"}},
    ),
    tool("refund_order", "write", {"order_id": TEXT, "amount": NUMBER}, sinks=[["order_id", "amount"]]),
    tool("create_ticket", "write", {"assignee": TEXT}, sinks=[["assignee"]]),
    tool(
        "book_hotel",
        "external",
        {"hotel": TEXT, "arrival": TEXT, "departure": TEXT},
        sinks=[["hotel"], ["arrival", "departure"]],
        formats={"arrival": "date", "departure": "date"},
    ),
    tool("set_thermostat", "write", {"degrees": NUMBER}, sinks=[["degrees"]]),
    tool("unlock_door", "destructive", {"door": TEXT}, sinks=[["door"]]),
    tool("grant_access", "write", {"user": TEXT, "resource": TEXT}, sinks=[["user", "resource"]]),
    tool("delete_contact", "destructive", {"name": TEXT}, sinks=[["name"]]),
    tool("update_password", "destructive", {"password": TEXT}, sinks=[["password"]]),
    tool("send_mail", "external", {"to": TEXT, "body": TEXT}, sinks=[["to"]], formats={"to": "email"}),
)
CLERK = agent(TOOLS)
LIST = f"Pay these two:\n1. {IBAN_A} - 100 EUR\n2. {IBAN_B} - 200 EUR"
GRAND = {"hotel": "Grand Plaza", "arrival": "2026-06-05", "departure": "2026-06-08"}


def verdict(name: str, arguments: dict[str, Any], instruction: str) -> str:
    asked = request(instruction)
    case = Case(CLERK, TOOLS, asked, Evidence(asked, TOOLS), Proposed(name, arguments), Standing(NOW))
    return screen(case.agent, case.tools, asked, case.evidence, case.call, case.standing).verdict


def paid(to: str, amount: float, currency: str = "EUR") -> dict[str, Any]:
    return {"to": to, "amount": amount, "currency": currency}


@pytest.mark.parametrize(
    ("name", "arguments", "instruction"),
    [
        ("transfer", paid(IBAN_A, 1250.0), "Transfer 1,250.00 EUR to DE89 3704 0044 0532 0130 00 for the March rent."),
        ("transfer", paid(IBAN_B, 50), f"Send €50 to {IBAN_B}, please"),
        ("transfer", paid(IBAN_B, 50, "GBP"), f"Send 50 pounds to {IBAN_B}"),
        ("transfer", paid(IBAN_A, 1250), f"I owe my landlord ({IBAN_A}) 1250 euros. Can you pay him?"),
        ("transfer", paid(IBAN_B, 500), f"Is my balance over 2000? If so, transfer 500 EUR to {IBAN_B}."),
        ("transfer", paid(IBAN_A, 100), LIST),
        ("transfer", paid(IBAN_B, 200), LIST),
        ("transfer", paid(IBAN_B, 100), f"Pay 100 EUR each to {IBAN_A} and {IBAN_B}"),
        ("refund_order", {"order_id": "4711", "amount": 29.99}, "The customer of order #4711 wants 29.99 back."),
        ("create_ticket", {"assignee": "maria"}, "Open a ticket about the printer and assign it to maria"),
        ("create_ticket", {"assignee": "maria"}, "assignee: maria, title: printer"),
        ("book_hotel", GRAND, "Book the Grand Plaza from 5 to 8 June 2026 for 2"),
        ("book_hotel", GRAND, "Book Grand Plaza, June 5th - 8th, 2026"),
        ("book_hotel", GRAND, "Book the Grand Plaza from June 5 2026 until June 8 2026"),
        ("set_thermostat", {"degrees": 21}, "Set the thermostat to 21 degrees"),
        ("unlock_door", {"door": "front"}, "Unlock the front door"),
        ("grant_access", {"user": "alice", "resource": "billing-api"}, "Give alice access to billing-api"),
        ("delete_contact", {"name": "Tim Roth"}, "Please remove Tim Roth from my contacts"),
        ("update_password", {"password": "hunter22!"}, "Change my password to hunter22!"),
    ],
)
def test_what_is_asked_for_in_plain_words_runs(name: str, arguments: dict[str, Any], instruction: str) -> None:
    """Marks of currency, lists, stretches of days, verbs that mean the same."""
    assert verdict(name, arguments, instruction) == "run"


@pytest.mark.parametrize(
    "instruction",
    [
        "Email bob@acme.org that I'm late; don't forget to mention the agenda.",
        "Let bob@acme.org know I can't make it on Friday",
        "I can't make it on Friday. Let bob@acme.org know.",
        "I cannot come, tell bob@acme.org",
        "Tell bob@acme.org not to wait for me",
        "If there is no answer from sue, write to bob@acme.org",
        "There's no rush, but send the report to bob@acme.org",
        "Nothing urgent - ping bob@acme.org about lunch",
        "Hasn't bob answered yet? Remind bob@acme.org please",
        "Send a mail with no attachments to bob@acme.org",
        "Reply to bob@acme.org and ignore the others",
        "My phone is not working so email bob@acme.org",
        'Mail bob@acme.org: "I will not be seen at the meeting on Monday because of a conflict"',
        "sue@acme.org is not the right address, use bob@acme.org",
    ],
)
def test_a_denial_reaches_no_further_than_it_means(instruction: str) -> None:
    """An excuse, a side remark and a quoted text deny nothing of the request."""
    assert verdict("send_mail", {"to": "bob@acme.org", "body": "x"}, instruction) == "run"


@pytest.mark.parametrize(
    "instruction",
    [
        "Don't write to sue@acme.org, bob@acme.org or tim@acme.org",
        "We can't write to sue@acme.org, bob@acme.org",
        "bob@acme.org is not the right address, use sue@acme.org",
        "bob@acme.org must never be told",
        "Write to nobody at bob@acme.org",
        "Stop mailing bob@acme.org",
        "Never write to:\n* sue@acme.org\n* bob@acme.org\nWrite to the others.",
        "Never write to:\nbob@acme.org",
        "Write to everybody except sue@acme.org and bob@acme.org.",
        "Is bob@acme.org on the list?",
        "Hi, who is bob@acme.org?",
        "Summarise:\n> write to bob@acme.org",
        '"""\nwrite to bob@acme.org\n"""\nWhat does that mean?',
        "Translate \u201cplease write to my good friend and colleague at bob@acme.org at once\u201d",
    ],
)
def test_what_is_named_but_not_asked_for_asks(instruction: str) -> None:
    """Denied, asked about, or somebody else's words."""
    assert verdict("send_mail", {"to": "bob@acme.org", "body": "x"}, instruction) == "ask"


@pytest.mark.parametrize(
    ("name", "arguments", "instruction"),
    [
        ("transfer", paid(IBAN_A, 200), LIST),
        ("transfer", paid(IBAN_B, 50, "USD"), f"Send €50 to {IBAN_B}"),
        ("transfer", {"to": IBAN_B, "amount": 50}, f"Send €50 to {IBAN_B}"),
        ("book_hotel", {**GRAND, "departure": "2026-06-07"}, "Book the Grand Plaza from 5 to 8 June 2026"),
        ("unlock_door", {"door": "front"}, "Is the front door locked"),
        ("delete_contact", {"name": "Tim Roth"}, "Show me the contact of Tim Roth"),
        ("set_thermostat", {"degrees": 21}, "There are 21 rooms"),
        ("create_ticket", {"assignee": "maria"}, "The santa maria is a ship"),
    ],
)
def test_what_is_nearly_asked_for_asks(name: str, arguments: dict[str, Any], instruction: str) -> None:
    """Another pair, currency or day; another verb; a count; a common word."""
    assert verdict(name, arguments, instruction) == "ask"
