"""The engine: every rule speaks, the strictest word counts; `test_screening_every_rule` breaks each of them."""

import pkgutil
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tollgate.models.verdict import Reason
from tollgate.screening import engine, origins, rules
from tollgate.screening.case import Case, Opinion, PastCall, Proposed, Standing, ask, refuse
from tollgate.screening.evidence import Evidence

from tests.unit.screening_cases import CLERK, IBAN_A, NOW, TOOLS, case, request, ruling, vendor

EVERY_RULE = [*engine.RULES, *engine.ON_ASKING]
HARMLESS: tuple[str, dict[str, Any], str] = ("cancel_plan", {}, "cancel my plan")


def raises(_: Case) -> Opinion:
    raise RuntimeError("secret argument 4711")


@pytest.fixture
def with_rule(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[Case], Any]], None]:
    """Puts another rule in the place of one."""

    def replace(name: str, rule: Callable[[Case], Any]) -> None:
        table = "RULES" if name in engine.RULES else "ON_ASKING"
        monkeypatch.setattr(engine, table, {**getattr(engine, table), name: rule})

    return replace


def test_an_error_of_a_rule_stays_out_of_the_ruling_and_the_log(
    with_rule: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    """Its text may quote arguments."""
    with_rule("origin", raises)
    found = ruling(case(*HARMLESS))
    assert "4711" not in found.model_dump_json()
    assert "4711" not in caplog.text
    assert "RuntimeError" in found.model_dump_json()


def test_evidence_that_cannot_be_collected_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without evidence there is no verdict but no."""
    monkeypatch.setattr(engine, "Evidence", raises)
    found = engine.screen(CLERK, TOOLS, request("cancel my plan"), [], Proposed("cancel_plan", {}), Standing(NOW))
    assert found.verdict == "refuse"


def test_origins_that_cannot_be_found_leave_the_question_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The card then shows the arguments without their origins; nothing runs unasked."""
    monkeypatch.setattr(origins, "of_call", raises)
    found = ruling(case("cancel_plan", {}, ""))
    assert (found.verdict, found.origins) == ("ask", {})


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [("ask", "refuse", "refuse"), ("refuse", "ask", "refuse"), ("run", "ask", "ask"), ("run", "refuse", "refuse")],
)
def test_the_strictest_word_counts(first: str, second: str, verdict: str, with_rule: Callable[..., None]) -> None:
    """No rule can talk another one down."""
    words = {"run": Opinion("run"), "ask": ask("x", "why"), "refuse": refuse("x", "why", "stop")}
    with_rule("owner", lambda _: words[first])
    with_rule("waiver", lambda _: words[second])
    assert ruling(case(*HARMLESS)).verdict == verdict


def test_no_order_of_rules_changes_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty orders, four calls, one verdict each."""
    cases = [
        case(*HARMLESS),
        case("cancel_plan", {}, "", untrusted=True),
        case("post_invoice", {"vendor_id": "V-100", "iban": IBAN_A, "amont": 3}, "Pay V-100"),
        case("post_invoice", {"vendor_id": "V-100", "iban": IBAN_A}, "Pay V-100"),
    ]
    straight = [ruling(of) for of in cases]
    shuffler = random.Random(4)
    for _ in range(50):
        monkeypatch.setattr(engine, "RULES", dict(shuffler.sample(list(engine.RULES.items()), len(engine.RULES))))
        for of, expected in zip(cases, straight, strict=True):
            found = ruling(of)
            assert found.verdict == expected.verdict
            assert {r.rule for r in found.reasons} == {r.rule for r in expected.reasons}


@pytest.mark.parametrize("decided", ["approved", "edited"])
def test_a_persons_decision_satisfies_questions(decided: str) -> None:
    """The reasons stay for the trace."""
    found = ruling(case("cancel_plan", {}, "", decided=decided))
    assert found.verdict == "run"
    assert [reason.rule for reason in found.reasons] == ["origin_words"]


def test_a_persons_decision_does_not_mend_a_broken_call() -> None:
    """What is refused cannot be approved: unknown tools, schemas, ownership."""
    assert ruling(case("nope", {}, decided="approved")).verdict == "refuse"
    assert ruling(case("pay", {"amount": []}, decided="edited")).verdict == "refuse"
    assert ruling(case("get_account", {"account_id": "AC-9"}, decided="approved")).verdict == "refuse"


def test_evidence_given_call_by_call_is_the_same_as_a_history() -> None:
    """A task may collect as it goes."""
    history = [PastCall("lookup_vendor", {"vendor_id": "V-100"}, vendor())]
    asked = request("Pay V-100")
    evidence = Evidence(asked, TOOLS)
    call = Proposed("post_invoice", {"vendor_id": "V-100", "iban": IBAN_A})
    before = engine.screen(CLERK, TOOLS, asked, evidence, call, Standing(NOW))
    for past in history:
        evidence.add(past)
    after = engine.screen(CLERK, TOOLS, asked, evidence, call, Standing(NOW))
    assert (before.verdict, after.verdict) == ("ask", "run")
    assert after == engine.screen(CLERK, TOOLS, asked, history, call, Standing(NOW))


def test_every_rule_is_heard_and_in_the_trace() -> None:
    """`rules` says what each one said."""
    assert set(ruling(case(*HARMLESS)).rules) == set(engine.RULES)
    assert set(ruling(case("cancel_plan", {}, "")).rules) == set(EVERY_RULE)


def test_every_rule_has_its_module_its_test_and_its_row_in_the_docs() -> None:
    """A reader finds the rule that refused a call by its name."""
    modules = {module.name for module in pkgutil.iter_modules(rules.__path__)}
    assert modules == set(EVERY_RULE)
    folder = Path(__file__).parent
    assert all((folder / f"test_screening_{name}.py").is_file() for name in modules)
    docs = (folder.parents[1] / "docs" / "screening.md").read_text("utf-8")
    assert [name for name in sorted(modules) if f"| `{name}` |" not in docs] == []


def test_a_reason_is_always_a_reason() -> None:
    """Every reason of every ruling names a rule that exists."""
    for of in (case("nope"), case("pay", [1]), case("guarded", {"name": "x"}, "")):
        assert all(isinstance(reason, Reason) and reason.rule in EVERY_RULE for reason in ruling(of).reasons)
