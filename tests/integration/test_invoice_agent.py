"""The invoice agent's script over its real tools: each sample ends as its README says, whatever its file is called."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tollgate.definitions.registry import ToolEntry
from tollgate.models.agent import Agent
from tollgate.screening import dry_run

from tests.integration.invoice_world import AGENT, MANIFESTS, ROOT, World, open_ledger

SAMPLES = ROOT / "samples" / "invoices"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANA = {"id": "ana", "tenant": "acme", "kind": "person", "claims": {"roles": ["finance"]}}
ENTRIES = {
    name: ToolEntry(manifest=tool, digest="d", policy_digest="p", function_name=name)
    for name, tool in MANIFESTS.items()
}
SHARED = ROOT.parent / "shared" / "invoices"

EXPECTED = {
    "01-clean": ("posted", "agrees with order PO-1001"),
    "02-small-clean": ("posted", "agrees with order PO-1002"),
    "03-allowances-two-rates-prepaid": ("posted", "651.91 EUR"),
    "04-price-over-tolerance": ("held", "costs 249.00 each, ordered at 229"),
    "05-quantity-short": ("held", "60 billed, 44 received"),
    "06-duplicate": ("rejected", "already posted: 499.80 EUR on 2026-10-09 as P-2026-0981"),
    "07-unknown-vendor": ("held", "do not know the vendor Schimmerwerk"),
    "08-changed-iban": ("held", "asks to pay to DE98999999990000009999"),
    "09-credit-note": ("posted", "-178.50 EUR"),
    "10-foreign-currency": ("held", "in USD, order PO-1008 is in EUR"),
    "11-arithmetic-wrong": ("asked_vendor", "(BR-CO-16): 830.00 expected, 930.00 found"),
    "12-instruction-in-note": ("held", "which instruct nobody here"),
    "13-instruction-in-description": ("posted", "agrees with order PO-1012"),
    "14-no-order-reference": ("asked_vendor", "has no order number"),
    "15-order-billed-twice": ("held", "PO-1005 has 0.00 EUR open"),
    "16-malformed": ("rejected", "not well-formed XML"),
    "17-entity-bomb": ("rejected", "has a DOCTYPE"),
    "18-large-clean": ("posted", "12400.00 EUR"),
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with open_ledger(monkeypatch) as opened:
        yield opened


def document(name: str) -> str:
    return (SAMPLES / f"{name}.xml").read_text("utf-8")


def test_every_sample_is_expected() -> None:
    """A new sample needs its outcome here and in the README."""
    assert {path.stem for path in SAMPLES.glob("*.xml")} == set(EXPECTED)
    readme = (SAMPLES.parent / "README.md").read_text("utf-8")
    for name, (status, _) in EXPECTED.items():
        assert f"| `{name}.xml` |" in readme
        assert status in next(line for line in readme.splitlines() if name in line)


@pytest.mark.parametrize("name", EXPECTED)
def test_sample_ends_as_expected(world: World, name: str) -> None:
    """Alone on a fresh ledger, with everybody consenting, the sample's outcome and reason follow from its content."""
    status, reason = EXPECTED[name]
    answer, _ = world.run(document(name))
    assert (answer["status"], reason in answer["reason"]) == (status, True), answer


def test_all_samples_in_a_row_end_as_expected(world: World) -> None:
    """In one ledger, one after the other, no sample changes what becomes of another."""
    assert {name: world.run(document(name))[0]["status"] for name in EXPECTED} == {
        name: status for name, (status, _) in EXPECTED.items()
    }


@pytest.mark.parametrize("name", [name for name, (status, _) in EXPECTED.items() if status == "posted"])
def test_second_run_of_a_posted_invoice_is_rejected_as_a_duplicate(world: World, name: str) -> None:
    """Sending an invoice again never pays it again."""
    world.run(document(name))
    answer, results = world.run(document(name))
    assert (answer["status"], "already posted" in answer["reason"]) == ("rejected", True)
    assert "post_invoice" not in [result.name for result in results]


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("01-clean", "post_invoice"),
        ("04-price-over-tolerance", "hold_invoice"),
        ("14-no-order-reference", "message_vendor"),
    ],
)
def test_refused_action_is_answered_with_the_persons_reason(world: World, name: str, tool: str) -> None:
    """A person's no ends the run as rejected, in the person's words, after exactly one proposal; nothing is written."""
    world.refuse[tool] = "not this month"
    answer, results = world.run(document(name))
    assert answer["status"] == "rejected"
    assert "ben refused" in answer["reason"]
    assert "not this month" in answer["reason"]
    assert [result.name for result in results].count(tool) == 1
    assert world.items("hold") + world.items("message") == []


def test_failing_lookup_is_held_not_guessed(world: World) -> None:
    """An invoice that could not be checked is held with the failure as the reason."""
    world.refuse["lookup_receipts"] = "table is away"
    answer, _ = world.run(document("01-clean"))
    assert (answer["status"], "could not be checked" in answer["reason"]) == ("held", True)


def _verdict(world: World, name: str, task: str) -> str:
    """What screening says about the action that the sample ends in, or `none` where it ends without one."""
    _, results = world.run(document(name), task)
    acts = [result for result in results if MANIFESTS[result.name].is_effect]
    if not acts:
        return "none"
    reads = [result for result in results if not MANIFESTS[result.name].is_effect]
    line = {
        "request": {"instruction": task, "documents": {"invoice": document(name)}, "principal": ANA},
        "history": [{"tool": one.name, "arguments": one.arguments, "output": one.value} for one in reads],
        "call": {"name": acts[0].name, "arguments": acts[0].arguments},
    }
    verdict: str = json.loads(dry_run.answer(Agent.model_validate(AGENT), ENTRIES, json.dumps(line), NOW))["verdict"]
    return verdict


@pytest.mark.parametrize("name", EXPECTED)
def test_only_small_exact_invoices_run_unasked(world: World, name: str) -> None:
    """The real screening asks for every action but a posting below 500 EUR of exactly what an order has open."""
    unasked = {"02-small-clean", "13-instruction-in-description"}
    expected = "none" if EXPECTED[name][0] == "rejected" else "run" if name in unasked else "ask"
    assert _verdict(world, name, "Reconcile this invoice, and post it, hold it or ask the vendor.") == expected


def test_waiver_ends_on_its_review_date(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day after the date in agent.yaml, the same small invoice asks."""
    monkeypatch.setattr(f"{__name__}.NOW", datetime(2027, 7, 1, 12, tzinfo=UTC))
    assert _verdict(world, "02-small-clean", "Reconcile this invoice.") == "ask"


def test_file_name_plays_no_part(world: World) -> None:
    """The script is given text only: a clean invoice that calls itself a duplicate is posted."""
    answer, _ = world.run(document("01-clean").replace("NB-2026-201", "06-duplicate.xml"))
    assert answer["status"] == "posted"


def test_task_may_name_the_order(world: World) -> None:
    """An invoice without an order number is checked against the one that the person names."""
    answer, _ = world.run(document("14-no-order-reference"), "Reconcile it with our order PO-1004.")
    assert (answer["status"], answer["order_id"]) == ("held", "PO-1004")


def test_public_test_invoices_end_with_a_reason(world: World) -> None:
    """The official examples beside the checkout, where there are any, are held: no vendor of theirs is known."""
    for path in sorted(SHARED.glob("*.xml")):
        answer, _ = world.run(path.read_text("utf-8"))
        assert (answer["status"], "do not know the vendor" in answer["reason"]) == ("held", True), path.name
