"""What the command line says names what is there, counts what it looked at, and says what to write."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import NoRegionError
from click.testing import CliRunner
from tollgate.definitions.load import Roots

from cli import client, target
from cli.commands import executions
from cli.commands.dev import next_step
from cli.main import tollgate
from cli.roots import PROJECT, roots

TOOL = """
schema_version: 1
name: look
description: Looks.
kind: lambda
effect: read
input_schema: {}
"""


class Answers:
    """A client that answers every GET with the same document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        return self.document


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call it with what the stack answers."""

    def given(document: dict[str, Any]) -> None:
        monkeypatch.setattr(target.Target, "client", lambda self: Answers(document))

    return given


def said(*arguments: str, **environ: str) -> str:
    result = CliRunner().invoke(tollgate, arguments, env=environ)
    return result.stdout + result.stderr


def test_check_counts_what_it_looked_at(tmp_path: Path) -> None:
    """No errors in nothing is no good news, and one is not `1 tools`."""
    tool = tmp_path / "tools" / "look"
    tool.mkdir(parents=True)
    (tool / "tool.yaml").write_text(TOOL, "utf-8")
    (tool / "handler.py").write_text("def handle(arguments, call):\n    return 1\n", "utf-8")
    (tmp_path / "agents").mkdir()
    places = {"TOLLGATE_AGENTS": str(tmp_path / "agents"), "TOLLGATE_TOOLS": str(tmp_path / "tools")}
    assert said("check", **places) == "0 errors, 0 warnings in 0 agents and 1 tool\n"


def test_check_of_a_misspelt_name_knows_tools_too(tmp_path: Path) -> None:
    """NAME may be a tool; the nearest name is asked for."""
    assert "no agent or tool 'post_invoce'; did you mean 'post_invoice'?" in said("check", "post_invoce")


def test_next_step_names_the_example_where_it_is(tmp_path: Path) -> None:
    """From the project's folder by its short path, from elsewhere by its whole one."""
    assert next_step(roots({}), PROJECT) == (
        "Next: tollgate run invoice_reconciliation --input samples/request.json --wait"
    )
    assert f"--input {PROJECT}/samples/request.json" in next_step(roots({}), tmp_path)


def test_next_step_names_no_agent_that_is_not_there(tmp_path: Path) -> None:
    """Somebody's own agents are not the example."""
    assert "definitions.md" in next_step(Roots(agents=(tmp_path,)), tmp_path)


def test_list_of_nothing_says_so(answer: Any) -> None:
    """A heading over nothing looks like a fault."""
    answer({"items": [], "cursor": None})
    assert said("ls") == "no executions yet\n"
    assert said("ls", "--agent", "refunds") == "no executions that are like this\n"


@pytest.mark.parametrize(
    ("told", "shown"), [({"waiting": True}, "at a gate"), ({"waiting": False}, "-"), ({}, "-")], ids=str
)
def test_list_shows_who_stands_at_a_gate(answer: Any, told: dict[str, bool], shown: str) -> None:
    """A list has no ids of approvals, only whether one waits; an older stack does not say."""
    spend = {"steps": 4, "tokens": 2}
    item = {"execution_id": "exe-1", "agent": "a", "status": "RUNNING", "outcome": None, "spend": spend} | told
    answer({"items": [item], "cursor": None})
    row = said("ls").splitlines()[1].split("RUNNING")[1].split("4")[0]
    assert row.strip() == shown


def test_cost_of_an_agent_that_never_ran_is_no_table_of_zeros(answer: Any) -> None:
    """A misspelt agent did not cost nothing."""
    answer({"items": [], "cursor": None})
    assert "refnds has no executions" in said("cost", "refnds")


def test_execution_that_went_wrong_points_to_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    """Who is woken by it finds the reason with the next command."""
    spend = {"steps": 1, "tokens": 2, "usd": 0.1, "active_seconds": 3}
    execution: dict[str, Any] = {
        "execution_id": "exe-1",
        "agent": "refunds",
        "status": "FAILED",
        "outcome": "limit_reached",
        "reason": "model",
        "spend": spend,
        "limits": spend,
        "pending_approvals": [],
        "summary": "Ended.",
        "output": None,
    }
    executions.describe(execution)
    shown = capsys.readouterr().out
    assert "tollgate trace exe-1" in shown
    assert "budget set" not in shown
    executions.describe(execution | {"reason": "tokens"})
    assert "tollgate budget set execution:exe-1 (or the scope that is named above), then tollgate redrive exe-1" in (
        capsys.readouterr().out
    )
    executions.describe(execution | {"outcome": "completed"})
    assert "tollgate trace" not in capsys.readouterr().out


def test_remembered_request_is_shown_as_it_was_written(answer: Any) -> None:
    """Square brackets are somebody's words, and nothing is put before them."""
    item = {"memory_id": "mem-1", "created_at": None, "request": "see [b]this[/b]"}
    answer({"items": [item], "cursor": None})
    assert "see [b]this[/b]" in said("memory", "search")


def test_stack_without_region_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The AWS SDK only says that it must be specified."""

    def no_region(**options: Any) -> None:
        raise NoRegionError

    monkeypatch.setattr("cli.target.boto3.Session", no_region)
    assert "Write --region NAME, or set AWS_REGION" in said("ls", "--stack", "acme")


def test_budget_is_a_table_for_people_and_json_for_scripts(answer: Any) -> None:
    """A limit that is not set is a dash, and then it says how to set one."""
    endless = {"tokens": None, "usd": None}
    nothing = {"tokens": 0, "usd": 0.0}
    budget = {"scope": "tenant:acme", "period": "2026-11", "limits": endless, "spend": nothing, "leased": nothing,
              "available": endless}  # fmt: skip
    answer(budget)
    shown = said("budget", "get", "tenant:acme")
    assert shown.startswith("tenant:acme  in 2026-11, UTC")
    assert "tollgate budget set SCOPE --usd N" in shown
    assert json.loads(said("budget", "get", "tenant:acme", "--json")) == budget
    limits = {"tokens": 60_000, "usd": 1.0, "steps": 12}
    answer({"scope": "execution:exe-1", "limits": limits, "spend": {"tokens": 1550, "usd": 0.25},
            "reserved": nothing, "available": {"tokens": 58_450, "usd": 0.75}})  # fmt: skip
    rows = [line.split() for line in said("budget", "get", "execution:exe-1").splitlines()]
    assert ["tokens", "60,000", "1,550", "0", "58,450"] in rows
    assert ["usd", "1.0000", "0.2500", "0.0000", "0.7500"] in rows
    assert ["steps", "12", "-", "-", "-"] in rows


def test_address_that_is_none_says_which_variable_and_what_to_write() -> None:
    """No warning of a library, no look-up of a host of that name."""
    shown = said("ls", TOLLGATE_API_URL="nonsense")
    assert shown == (
        "tollgate: TOLLGATE_API_URL is 'nonsense'; write an address such as http://127.0.0.1:8080, or unset it\n"
    )


@pytest.mark.parametrize(
    ("instance", "hint"),
    [
        ("/v1/executions/exe-1/trace", "; `tollgate ls` lists yours"),
        ("/v1/approvals/apr-1", "; `tollgate approvals` lists yours"),
        ("/v1/memory/m", "; `tollgate memory search` lists yours"),
        ("/v1/executions", ""),
        ("/v1/budgets/tenant:x", ""),
        ("", ""),
    ],
)
def test_id_that_is_not_there_says_which_verb_lists_them(instance: str, hint: str) -> None:
    """A mistyped id, or one of another stack, is looked up with the next command."""
    assert client._words(404, {"detail": "there is no such thing", "instance": instance}) == (
        f"there is no such thing{hint}"
    )
