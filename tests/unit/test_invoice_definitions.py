"""The agent's and its tools' manifests: valid, consistent with each other, and with no right too many."""

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tollgate.definitions.check import check
from tollgate.definitions.load import Roots
from tollgate.models.agent import Agent
from tollgate.models.tool import Tool

from tests.unit.invoice_reader import ROOT

FOLDER = ROOT / "agents" / "invoice_reconciliation"
AGENT = Agent.model_validate(yaml.safe_load((FOLDER / "agent.yaml").read_text("utf-8")))
INSTRUCTIONS = (FOLDER / "instructions.md").read_text("utf-8")
TABLE = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Prefix}-ledger"


def manifest(name: str) -> Tool:
    return Tool.model_validate(yaml.safe_load((ROOT / "lambdas" / "tools" / name / "tool.yaml").read_text("utf-8")))


TOOLS = {name: manifest(name) for name in AGENT.tools}


def test_check_has_nothing_to_say() -> None:
    """The example passes its own product's check without an error or a warning."""
    assert check(Roots(agents=(FOLDER.parent,), tools=(ROOT / "lambdas" / "tools",))) == []


@pytest.mark.parametrize("tool", TOOLS.values(), ids=lambda tool: tool.name)
def test_tool_is_closed_and_named_as_its_folder(tool: Tool) -> None:
    """A tool takes the arguments that it names and no others, by a valid schema."""
    Draft202012Validator.check_schema(tool.input_schema)
    assert TOOLS[tool.name] is tool
    assert tool.input_schema["additionalProperties"] is False


@pytest.mark.parametrize("tool", TOOLS.values(), ids=lambda tool: tool.name)
def test_tool_may_touch_the_ledger_only(tool: Tool) -> None:
    """Rights are single actions on the one table; readers cannot write, and the parser has none at all."""
    actions = {action for permission in tool.permissions for action in permission.actions}
    assert {resource for permission in tool.permissions for resource in permission.resources} <= {TABLE}
    assert bool(actions) is (tool.name != "read_invoice")
    reading = {"dynamodb:GetItem", "dynamodb:Query"}
    assert actions <= (reading | {"dynamodb:PutItem", "dynamodb:UpdateItem"} if tool.is_effect else reading)


def test_only_posting_can_run_unasked_and_only_below_the_threshold() -> None:
    """Every effect asks but the posting, which the dated waiver covers below 500."""
    policies = {name: tool.approval_policy for name, tool in TOOLS.items() if tool.is_effect}
    assert policies == {"post_invoice": "auto", "hold_invoice": "always", "message_vendor": "always"}
    assert {name: waiver.below for name, waiver in AGENT.waivers.items()} == {"post_invoice": {"amount": 500}}


def test_every_effect_survives_a_second_attempt() -> None:
    """Effects are keyed, so that a half-done one is finished and never doubled."""
    assert {tool.retry_policy for tool in TOOLS.values() if tool.is_effect} == {"keyed"}


def test_sinks_and_formats_name_arguments() -> None:
    """Authority is declared for arguments that exist; what a card shows too."""
    for tool in TOOLS.values():
        named = [*tool.formats, *(name for group in tool.sinks for name in group)]
        assert set(named) <= set(tool.input_schema["properties"])
        assert tool.sinks or not tool.is_effect
        arguments = dict.fromkeys(tool.input_schema["properties"], "x")
        assert (tool.summary or "").format(**arguments).strip() or not tool.is_effect


def test_amounts_above_zero_only() -> None:
    """A negative amount would pass under any threshold; a credit is told by its kind."""
    assert TOOLS["post_invoice"].input_schema["properties"]["amount"]["exclusiveMinimum"] == 0
    assert TOOLS["post_invoice"].input_schema["properties"]["currency"] == {"enum": ["EUR"]}


@pytest.mark.parametrize(
    ("answer", "valid"),
    [
        ({"status": "posted", "invoice": "1", "reason": "r"}, True),
        ({"status": "rejected", "invoice": None, "reason": "r"}, True),
        ({"status": "paid", "invoice": "1", "reason": "r"}, False),
        ({"status": "posted", "invoice": "1", "reason": ""}, False),
        ({"status": "posted", "reason": "r"}, False),
        ({"status": "posted", "invoice": "1", "reason": "r", "note": "x"}, False),
    ],
)
def test_answer_needs_status_invoice_and_reason(answer: dict[str, Any], valid: bool) -> None:
    """The output schema takes the four outcomes with a reason, and nothing beside them."""
    Draft202012Validator.check_schema(AGENT.output_schema)
    assert Draft202012Validator(AGENT.output_schema).is_valid(answer) is valid


def test_limits_are_within_what_check_recommends() -> None:
    """50,000 to 200,000 tokens and 900 to 1,800 active seconds."""
    assert 50_000 <= AGENT.limits.tokens <= 200_000
    assert 900 <= AGENT.limits.active_seconds <= 1_800


def test_instructions_name_every_tool_and_every_reason_code() -> None:
    """What the model may call and write is in its instructions, and the instructions name no other tool."""
    codes = TOOLS["hold_invoice"].input_schema["properties"]["reason_code"]["enum"]
    missing = [word for word in [*AGENT.tools, *codes] if f"`{word}`" not in INSTRUCTIONS]
    assert missing == []
