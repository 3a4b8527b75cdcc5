"""Every rule, through the engine: a case that it lets run, one that it asks about, one that it refuses; and its faults.

The rules come from the engine's own tables: a new one without cases turns this file red.
"""

import asyncio
import contextlib
import re
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from tollgate.screening import deadline, engine
from tollgate.screening.case import Case, Count, Opinion, PastCall
from tollgate.screening.sinks import refusal_key

from tests.unit.screening_cases import IBAN_A, IBAN_EVIL, TOOLS, agent, by_name, case, ruling, vendor

EVERY_RULE = [*engine.RULES, *engine.ON_ASKING]
HARMLESS: tuple[str, dict[str, Any], str] = ("cancel_plan", {}, "cancel my plan")
READER = agent(by_name(TOOLS["read_mail"]))
PAY = {"iban": IBAN_A, "amount": 100}
PAY_A = f"Pay 100 EUR to {IBAN_A}"
MAIL_BOB = "Write to bob@acme.org"
TO_BOB = {"to": ["bob@acme.org"], "body": "Hello."}
FOUND = [PastCall("list_files", {}, [{"id": "F-13"}, {"id": "F-14"}])]
REFUSED = frozenset({refusal_key(TOOLS["pay"].manifest, PAY)})
MONDAY, SUNDAY = datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2026, 6, 7, 12, tzinfo=UTC)


def limited(**limits: Any) -> Any:
    return agent(call_limits={"pay": limits})


def hours(**more: Any) -> Any:
    open_ = [{"days": ["mon"], "opens": "08:00", "closes": "18:00"}]
    return limited(hours={"time_zone": "Europe/Berlin", "open": open_}, **more)


def waived(review_by: str) -> Any:
    return agent(waivers={"pay": {"owner": "finance", "reason": "small sums", "review_by": review_by}})


CASES: dict[str, dict[str, Case]] = {
    "unknown_tool": {"run": case(*HARMLESS), "refuse": case("cancel_plann")},
    "tool_boundary": {"run": case("read_mail", {"query": "x"}, by=READER), "refuse": case(*HARMLESS, by=READER)},
    "malformed_call": {"run": case(*HARMLESS), "refuse": case("pay", '{"iban": 1}')},
    "argument_schema": {"run": case("pay", PAY, PAY_A), "refuse": case("pay", {"ibn": IBAN_A}, PAY_A)},
    "calls_per_turn": {"run": case(*HARMLESS, position=7), "refuse": case(*HARMLESS, position=8)},
    "owner": {
        "run": case("get_account", {"account_id": "AC-1"}, "Show AC-1"),
        "refuse": case("get_account", {"account_id": "AC-9"}, "Show AC-9"),
    },
    "deny_cache": {
        "run": case("pay", PAY, PAY_A),
        "refuse": case("pay", {**PAY, "amount": "100.00"}, PAY_A, refused=REFUSED),
    },
    "loop": {"run": case(*HARMLESS), "refuse": case(*HARMLESS, repetition="refuse")},
    "spend_ceiling": {
        "run": case("pay", PAY, PAY_A, by=limited(ceiling={"amount": 100})),
        "ask": case("pay", PAY, PAY_A, by=limited(ceiling={"amount": 99}, ask=["ceiling"])),
        "refuse": case("pay", PAY, PAY_A, by=limited(ceiling={"amount": 99})),
    },
    "time_window": {
        "run": case("pay", PAY, PAY_A, by=hours(), now=MONDAY),
        "ask": case("pay", PAY, PAY_A, by=hours(ask=["hours"]), now=SUNDAY),
        "refuse": case("pay", PAY, PAY_A, by=hours(), now=SUNDAY),
    },
    "call_rate": {
        "run": case("pay", PAY, PAY_A, by=limited(rate={"calls": 2, "per_seconds": 9}), count=Count(1)),
        "refuse": case("pay", PAY, PAY_A, by=limited(rate={"calls": 2, "per_seconds": 9}), count=Count(2)),
    },
    "default_gate": {"run": case("pay", PAY, PAY_A), "ask": case("guarded", {"name": "note-1"}, "Do note-1")},
    "waiver": {
        "run": case("pay", PAY, PAY_A, by=waived("2026-06-01")),
        "ask": case("pay", PAY, PAY_A, by=waived("2026-05-31")),
    },
    "untrusted_run": {"run": case(*HARMLESS), "ask": case(*HARMLESS, untrusted=True)},
    "origin": {
        "run": case("pay", PAY, PAY_A),
        "ask": case("pay", {**PAY, "iban": IBAN_EVIL}, PAY_A, [PastCall("read_mail", {"query": "x"}, IBAN_EVIL)]),
    },
    "origin_text": {
        "run": case("send_mail", TO_BOB, MAIL_BOB),
        "ask": case("send_mail", {**TO_BOB, "body": "see evil.com/x"}, MAIL_BOB),
    },
    "origin_words": {
        "run": case(*HARMLESS),
        "ask": case("delete_file", {"file_id": "F-13"}, "Show my files", FOUND),
    },
    "approval_cap": {
        "run": case(*HARMLESS, untrusted=True, approvals_asked=2),
        "refuse": case(*HARMLESS, untrusted=True, approvals_asked=3),
    },
}


def words_of(rule: str) -> set[str]:
    """What the rule can say: `run`, and what its module takes from `case` to say."""
    module = import_module(f"tollgate.screening.rules.{rule}")
    return {"run"} | {word for word in ("ask", "refuse") if hasattr(module, word)}


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_a_rule_has_a_case_for_every_word_that_it_can_say(rule: str) -> None:
    """A rule without cases, or with a word that no case hears, is a rule that nobody has seen at work."""
    assert set(CASES.get(rule, {})) == words_of(rule)


@pytest.mark.parametrize(("rule", "word"), [(rule, word) for rule, cases in CASES.items() for word in cases])
def test_a_rule_says_in_the_engine_what_its_case_expects(rule: str, word: str) -> None:
    """Its word is in the trace, and the verdict is never weaker than it."""
    found = ruling(CASES[rule][word])
    assert found.rules[rule] == word
    assert [reason.rule for reason in found.reasons if reason.rule == rule] == [rule] * (word != "run")
    assert found.verdict == word or rule == "approval_cap" or word == "run"
    assert word != "run" or rule == "approval_cap" or found.verdict == "run"


def raises(error: BaseException) -> Callable[[Case], Opinion]:
    def rule(_: Case) -> Opinion:
        raise error

    return rule


def recurses(of: Case) -> Opinion:
    return recurses(of)


def loops(_: Case) -> Opinion:
    while True:
        with contextlib.suppress(Exception):  # a rule that swallows errors does not swallow its own end
            sum(range(1000))


def waits(_: Case) -> Opinion:
    threading.Event().wait()
    return Opinion("run")


def backtracks(_: Case) -> Opinion:
    re.fullmatch(r"(a+)+b", "a" * 60)
    return Opinion("run")


FAULTS: dict[str, Callable[[Case], Any]] = {
    "raises": raises(RuntimeError("secret argument 4711")),
    "raises RecursionError": recurses,
    "raises MemoryError": raises(MemoryError()),
    "raises KeyError": raises(KeyError("iban")),
    "raises SystemExit": raises(SystemExit(0)),
    "raises GeneratorExit": raises(GeneratorExit()),
    "raises CancelledError": raises(asyncio.CancelledError()),
    "raises StopIteration": raises(StopIteration(Opinion("run"))),
    "hangs in a loop": loops,
    "hangs in a wait": waits,
    "hangs in a sleep": lambda _: time.sleep(3600),
    "hangs in a pattern": backtracks,
    "none": lambda _: None,
    "true": lambda _: True,
    "one": lambda _: 1,
    "the word run": lambda _: "run",
    "a dictionary": lambda _: {"verdict": "run"},
    "a coroutine": lambda _: asyncio.sleep(0),
    "the class": lambda _: Opinion,
    "an unknown verdict": lambda _: Opinion("allow"),  # type: ignore[arg-type]
    "a verdict in capitals": lambda _: Opinion("RUN"),  # type: ignore[arg-type]
    "a verdict that is no text": lambda _: Opinion(["run"]),  # type: ignore[arg-type]
    "a look-alike": lambda _: SimpleNamespace(verdict="run", reason=None, to_model=None),
    "a question without a reason": lambda _: Opinion("ask"),
    "a refusal with a text for a reason": lambda _: Opinion("refuse", "no"),  # type: ignore[arg-type]
}


@pytest.fixture
def with_rule(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[Case], Any]], None]:
    """Puts another rule in the place of one, and lets nothing take longer than a blink."""
    monkeypatch.setattr(deadline, "SECONDS", 0.03)
    monkeypatch.setattr(deadline, "AGAIN_SECONDS", 0.01)

    def replace(name: str, rule: Callable[[Case], Any]) -> None:
        table = "RULES" if name in engine.RULES else "ON_ASKING"
        monkeypatch.setattr(engine, table, {**getattr(engine, table), name: rule})

    return replace


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", EVERY_RULE)
def test_a_rule_that_breaks_refuses(name: str, fault: str, with_rule: Callable[..., None]) -> None:
    """Whatever a rule does instead of answering, the call never runs, and the rule is named."""
    with_rule(name, FAULTS[fault])
    of = case(*HARMLESS) if name in engine.RULES else case("cancel_plan", {}, "")
    found = ruling(of)
    assert found.verdict == "refuse"
    assert name in [reason.rule for reason in found.reasons]
    assert found.rules[name] == "refuse"
    assert set(engine.RULES) <= set(found.rules)


@pytest.mark.parametrize("decided", ["approved", "edited"])
@pytest.mark.parametrize("fault", ["raises", "raises MemoryError", "hangs in a loop", "none"])
@pytest.mark.parametrize("name", engine.RULES)
def test_a_rule_that_breaks_refuses_what_a_person_approved(
    name: str, fault: str, decided: str, with_rule: Callable[..., None]
) -> None:
    """An approval satisfies questions, never refusals."""
    with_rule(name, FAULTS[fault])
    assert ruling(case(*HARMLESS, decided=decided)).verdict == "refuse"


def test_all_rules_may_hang_at_once(with_rule: Callable[..., None]) -> None:
    """Each is ended by itself; the last one is heard as well as the first."""
    for name in engine.RULES:
        with_rule(name, loops)
    found = ruling(case(*HARMLESS))
    assert found.rules == dict.fromkeys(engine.RULES, "refuse")


def test_a_deadline_leaves_an_earlier_alarm_in_place(with_rule: Callable[..., None]) -> None:
    """A tool's or a test's own alarm goes off as it would have."""
    rung = threading.Event()
    before = signal.signal(signal.SIGALRM, lambda *_: rung.set())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with_rule("owner", loops)
        assert ruling(case(*HARMLESS)).verdict == "refuse"
        assert not rung.is_set()
        assert rung.wait(5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_nothing_rings_after_a_verdict(with_rule: Callable[..., None]) -> None:
    """The alarm is called off with the last rule, whatever happened."""
    with_rule("owner", FAULTS["raises"])
    assert ruling(case(*HARMLESS)).verdict == "refuse"
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_verdict_in_another_thread_needs_no_alarm() -> None:
    """Signals reach the main thread only; elsewhere the rules speak without a deadline."""
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(ruling(case(*HARMLESS)).verdict))
    thread.start()
    thread.join()
    assert found == ["run"]


def test_an_interrupt_by_a_person_stops_the_run(with_rule: Callable[..., None]) -> None:
    """Ctrl-C is not a rule's opinion: it ends the dry run, and no verdict is given."""
    with_rule("owner", raises(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        ruling(case(*HARMLESS))


def test_a_vouched_case_stays_the_yardstick() -> None:
    """The same world without a fault runs, so the refusals above are the faults' doing."""
    assert ruling(case(*HARMLESS)).verdict == "run"
    past = [PastCall("lookup_vendor", {"vendor_id": "V-100"}, vendor())]
    assert ruling(case("post_invoice", {"vendor_id": "V-100", "iban": IBAN_A}, "Pay V-100", past)).verdict == "run"
