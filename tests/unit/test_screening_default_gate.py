"""Every effect asks by default."""

from dataclasses import replace

import pytest
from tollgate.screening.rules import default_gate

from tests.unit.screening_cases import TOOLS, agent, case, tool


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("lookup_vendor", "run"), ("pay", "run"), ("guarded", "ask"), ("no_such_tool", "run")],
)
def test_an_effect_asks_unless_its_manifest_says_auto(name: str, verdict: str) -> None:
    """`pay` is `approval: auto` under a waiver; `guarded` is not."""
    assert default_gate.decide(case(name)).verdict == verdict


def test_auto_without_the_agents_waiver_asks() -> None:
    """The manifest alone lifts nothing."""
    assert default_gate.decide(case("pay", by=agent(waivers={}))).verdict == "ask"


@pytest.mark.parametrize(
    ("effect", "approval", "verdict"),
    [
        ("read", None, "run"),
        ("read", "never", "run"),
        ("read", "auto", "run"),
        ("read", "always", "ask"),
        ("write", None, "ask"),
        ("write", "never", "ask"),
        ("write", "always", "ask"),
        ("write", "auto", "run"),
        ("destructive", None, "ask"),
        ("external", None, "ask"),
        ("external", "never", "ask"),
    ],
)
def test_every_effect_and_policy_has_its_default(effect: str, approval: str | None, verdict: str) -> None:
    """`never` on an effect is no way around the gate."""
    entry = tool("thing", effect, approval=approval)
    tools = {**TOOLS, "thing": entry}
    assert default_gate.decide(replace(case("thing", by=agent(tools)), tools=tools)).verdict == verdict


def test_the_reason_is_named_default_gate() -> None:
    """Dry runs tell a plain default from a finding by this name."""
    reason = default_gate.decide(case("guarded")).reason
    assert reason is not None
    assert reason.rule == "default_gate"
