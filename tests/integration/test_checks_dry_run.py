"""`tollgate screen --external` and `tollgate admit --external`: checks are asked only when they are asked for."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import tollgate
from tests.integration.guard_server import WORD, GuardServer, guard_server
from tests.unit import definition_files
from tests.unit.definition_files import AGENT, FIND, PAY

ANA = {"id": "ana", "tenant": "acme", "kind": "person"}


@pytest.fixture
def server() -> Iterator[GuardServer]:
    with guard_server() as running:
        yield running


@pytest.fixture
def clerk(tmp_path: Path, server: GuardServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """An agent's folder whose one check is the server."""
    check = {"name": "own", "kind": "http", "at": ["request", "call"], "url": f"{server.url}/own"}
    definition_files.tool(tmp_path, FIND)
    definition_files.tool(tmp_path, PAY)
    folder = definition_files.agent(tmp_path, AGENT + f"checks: {json.dumps([check])}\n")
    monkeypatch.setenv("TOLLGATE_TOOLS", str(tmp_path / "tools"))
    return str(folder)


def said(clerk: str, verb: str, line: dict[str, Any], *flags: str) -> dict[str, Any]:
    result = CliRunner().invoke(tollgate, [verb, clerk, *flags], input=json.dumps(line) + "\n")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.output)
    return answer


def pay(vendor: str) -> dict[str, Any]:
    call = {"name": "pay", "arguments": {"vendor": vendor, "amount": 5}}
    return {"request": {"instruction": f"Pay {vendor} 5 EUR", "principal": ANA}, "call": call}


def test_dry_run_asks_nobody_by_default(clerk: str, server: GuardServer) -> None:
    """No network without the flag."""
    said(clerk, "screen", pay("Acme"))
    said(clerk, "admit", {"input": {"task": "Pay"}, "principal": ANA})
    assert server.asked == []


def test_screen_asks_external_checks_when_told_to(clerk: str, server: GuardServer) -> None:
    """Their word counts like a rule's; a call that we refuse ourselves is not shown."""
    assert said(clerk, "screen", pay("Acme"), "--external")["verdict"] == "ask"  # no waiver
    refused = said(clerk, "screen", pay(WORD), "--external")
    assert refused["verdict"] == "refuse"
    assert "external_check:own" in [reason["rule"] for reason in refused["reasons"]]
    count = len(server.asked)
    said(clerk, "screen", {**pay("Acme"), "call": {"name": "pay", "arguments": {}}}, "--external")
    assert len(server.asked) == count == 2


def test_admit_asks_external_checks_when_told_to(clerk: str, server: GuardServer) -> None:
    """And a server that is silent rejects."""
    line = {"input": {"task": "Pay Acme"}, "principal": ANA}
    assert said(clerk, "admit", line, "--external") == {"verdict": "accept", "reasons": []}
    server.fault = "empty"
    rejected = said(clerk, "admit", line, "--external")
    assert (rejected["verdict"], rejected["reasons"][0]["rule"]) == ("reject", "external_check:own")
