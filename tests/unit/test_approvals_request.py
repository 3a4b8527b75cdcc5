"""From a call to a question: identity, people, and the line on the card."""

from typing import Any

import pytest
from tollgate.approvals.request import approval_id, approvers_for, build_approval, cost, quorum_for, summary
from tollgate.definitions.registry import ToolEntry
from tollgate.models.agent import Agent, ApprovalRule, Approvals, ModelChoice
from tollgate.models.call import Call, CallState
from tollgate.models.execution import Execution, Limits, Spend
from tollgate.models.principal import Principal
from tollgate.models.tool import Tool

LIMITS = Limits(tokens=120_000, usd=2.0, steps=25, active_seconds=60, deadline_seconds=600)
ROB = Principal(id="rob", tenant="acme", kind="person")
TOOL = Tool(
    schema_version=1, name="pay", description="Pays.", kind="lambda", effect="write",
    input_schema={"type": "object"}, sinks=[["to"], ["amount", "currency"]], summary="Pay {amount} {currency}",
)  # fmt: skip


def agent(**approvals: Any) -> Agent:
    return Agent(
        schema_version=1, name="payer", description="Pays.", model=ModelChoice(), limits=LIMITS,
        input_schema={}, output_schema={}, approvals=Approvals(**approvals), tools=["pay"],
    )  # fmt: skip


def call(**changes: Any) -> Call:
    fields: dict[str, Any] = {
        "execution_id": "exe-1", "step": 2, "call_id": "c0", "tool": "pay", "tool_use_id": "t",
        "state": CallState.ASKED,
        "arguments": {"amount": 5, "currency": "EUR"}, "fingerprint": "sha256:f", "policy_digest": "p",
        "manifest_digest": "m", "expires_at": 99, "principal": ROB,
    }  # fmt: skip
    return Call(**(fields | changes))


def test_the_approval_is_made_of_call_agent_and_manifest() -> None:
    """Nothing is asked that was not screened, and the expiry is the call's."""
    execution = Execution(
        execution_id="exe-1", agent="payer", agent_digest="d", principal=ROB, input={}, limits=LIMITS,
        created_at=1, step=4, spend=Spend(tokens=12_340, usd=0.1234),
    )  # fmt: skip
    entry = ToolEntry(manifest=TOOL, digest="m", policy_digest="p", function_name="f")
    found = build_approval(execution=execution, agent=agent(), tool=entry, call=call(), now=7)
    assert (found.approval_id, found.fingerprint, found.expires_at) == (approval_id(call()), "sha256:f", 99)
    assert (found.requester, found.tenant, found.summary) == ("rob", "acme", "Pay 5 EUR")
    assert found.sinks == ["to", "amount", "currency"]
    assert found.cost == cost(execution) == "12,340 of 120,000 tokens · 0.12 of 2.00 USD · step 4 of 25"


def test_the_same_call_is_the_same_question_and_any_other_is_another() -> None:
    """Retries ask once; a new round, fingerprint or place asks anew."""
    ids = {
        approval_id(call(**change))
        for change in ({}, {}, {"round": 1}, {"fingerprint": "x"}, {"step": 3}, {"call_id": "c1"})
    }
    assert len(ids) == 5
    assert all(len(one) == 36 and one.startswith("apr-") for one in ids)


@pytest.mark.parametrize(
    ("amount", "holds"),
    [
        (10_000, False),
        (10_000.01, True),
        ("10000.00", False),
        ("10000.000000000000000001", True),
        (" 10001 ", True),
        (-20_000, False),
        ("10,001", True),
        ("NaN", True),
        ("much", True),
        (True, True),
        (None, True),
        ([1], True),
    ],
)
def test_a_threshold_compares_exactly_and_fails_closed(amount: Any, holds: bool) -> None:
    """Decimals, never floats; what is no number is above every bound."""
    asked = agent(rules=[{"tool": "pay", "above": {"amount": 10_000}, "quorum": 2}])
    assert (quorum_for(asked, TOOL, {"amount": amount}) == 2) is holds


def test_a_missing_argument_is_above() -> None:
    """And so is a call whose arguments are no object."""
    asked = agent(rules=[{"tool": "pay", "above": {"amount": 1}, "quorum": 2}])
    assert quorum_for(asked, TOOL, {}) == quorum_for(asked, TOOL, "text") == 2


def test_a_rule_holds_when_all_its_bounds_are_passed() -> None:
    """Every one of them, and for its own tool."""
    rule = {"tool": "pay", "above": {"amount": 10, "count": 5}, "quorum": 3}
    asked = agent(rules=[rule, {"tool": "other", "quorum": 9}])
    assert quorum_for(asked, TOOL, {"amount": 11, "count": 5}) == 1
    assert quorum_for(asked, TOOL, {"amount": 11, "count": 6}) == 3


def test_the_strictest_rule_counts() -> None:
    """The largest quorum, and the people whom all rules name, else the last rule's."""

    def rules(*named: list[str] | None) -> list[ApprovalRule]:
        return [ApprovalRule(tool="pay", quorum=n + 1, approvers=people) for n, people in enumerate(named)]

    assert quorum_for(agent(quorum=2, rules=rules(["a"])), TOOL, {}) == 2
    assert approvers_for(agent(approvers=["base"]), TOOL, {}) == ["base"]
    assert approvers_for(agent(approvers=["base"], rules=rules(None)), TOOL, {}) == ["base"]
    assert approvers_for(agent(approvers=["base"], rules=rules(["a", "b"], ["b", "c"])), TOOL, {}) == ["b"]
    assert approvers_for(agent(approvers=["base"], rules=rules(["a"], ["c"])), TOOL, {}) == ["c"]


def test_the_summary_holds_named_arguments_only_and_on_one_line() -> None:
    """Nothing of the model's gets in but where the manifest says."""
    template = "Pay {amount} to {to} {missing}"
    line = summary(template, "pay", {"amount": 5, "to": "A\nB\u202e{note}", "note": "evil"})
    assert line == "Pay 5 to A ⏎ B[U+202E]{note} (no missing)"
    assert len(summary("{to}", "pay", {"to": "x" * 10_000})) == 120


def test_a_summary_without_a_template_holds_no_name_that_a_model_made() -> None:
    """A name that the manifest does not have is the model's own text, and is counted only."""
    known = ["a", "b"]
    assert summary(None, "pay", {"b": 1, "a": 2}, known) == "Run pay with a, b"
    assert summary(None, "pay", {}, known) == "Run pay with no arguments"
    own = {"approved by ana already": 1, "b": 1}
    assert summary(None, "pay", own, known) == "Run pay with b and 1 argument that its manifest does not name"
    assert summary(None, "pay", {"x": 1, "y": 2}, known) == "Run pay with 2 arguments that its manifest does not name"
