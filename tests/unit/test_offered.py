"""When `read_artifact` is there, for whom, and that what it reads vouches for nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from tollgate.conversation import Turn, artifacts
from tollgate.definitions import builtin
from tollgate.definitions.build import tool_entry
from tollgate.definitions.check import check
from tollgate.definitions.load import Roots, load
from tollgate.definitions.registry import Registry, ToolEntry
from tollgate.offered import READ_ARTIFACT, offered
from tollgate.screening import dry_run
from tollgate.screening.case import PastCall, Proposed, Request, Standing
from tollgate.screening.engine import screen

from tests.unit.definition_files import AGENT, FIND, PAY, agent, good, roots, tool
from tests.unit.screening_cases import CLERK, IBAN_A, IBAN_EVIL, NOW, PERSON, TOOLS, vendor
from tests.unit.turns import did, history

OWN = {name: tool_entry(file, {}, "t") for name, file in load(builtin.ROOTS).tools.items()}
REGISTRY = Registry(stage="local", prefix="t", agents={}, tools=TOOLS, builtin=OWN, models={})
EVIL = {"iban": IBAN_EVIL, "amount": 5, "currency": "EUR"}
READ = {"artifact": "1-c0", "pointer": "/mails/77"}


def turn(step: int, artifact: str | None) -> Turn:
    """A finished step whose one result was shown cut, or not."""
    made = history(*[did("read_mail", query="x")] * step)[-1]
    made.results["c0"]["artifact"] = artifact
    return made


def test_own_tools_pass_their_own_check() -> None:
    """What ships with the product is as clean as what it asks of others."""
    assert set(OWN) == builtin.names() == {READ_ARTIFACT}
    assert check(builtin.ROOTS) == []


def test_small_results_leave_the_agent_its_own_list() -> None:
    """Nothing was shown cut: nothing is added, and the registry's table of tools does not hold it."""
    assert list(offered(REGISTRY, CLERK, [turn(1, None)])) == CLERK.tools
    assert READ_ARTIFACT not in REGISTRY.tools


def test_first_cut_result_brings_the_tool_that_reads_the_rest() -> None:
    """Behind the agent's own tools, from then on."""
    course = [turn(1, None), turn(2, "results/read_mail/e/2-c0-1.json"), turn(3, None)]
    assert list(offered(REGISTRY, CLERK, course)) == [*CLERK.tools, READ_ARTIFACT]
    assert artifacts(course) == {"2-c0": "results/read_mail/e/2-c0-1.json"}


def test_tool_of_that_name_is_refused(tmp_path: Path) -> None:
    """Nobody can put a handler of their own behind it."""
    good(tmp_path)
    tool(tmp_path, FIND.replace("name: find", "name: read_artifact"))
    (problem,) = check(roots(tmp_path))
    assert (problem.pointer, problem.severity) == ("/name", "error")
    assert "`read_artifact` is the name of one of Tollgate's own tools" in problem.message


def test_agent_that_lists_it_is_told_that_it_need_not(tmp_path: Path) -> None:
    """One clear message, and not also that there is no such tool."""
    agent(tmp_path, AGENT.replace("tools: [", "tools: [read_artifact, "))
    tool(tmp_path, FIND)
    tool(tmp_path, PAY)
    (problem,) = [found for found in check(roots(tmp_path)) if "read_artifact" in found.message]
    assert "is Tollgate's own and offered by itself" in problem.message


def test_other_tool_cannot_ask_for_artifacts(tmp_path: Path) -> None:
    """The keyword that hands over any result of an execution works for Tollgate's own tools alone."""
    folder = tool(tmp_path, FIND.replace("type: string", "type: string, x-tollgate-artifact: true"))
    problems = check(Roots(tools=(folder.parent,)))
    assert any("`x-tollgate-artifact` has no effect here" in problem.message for problem in problems)


def ask_pay(past: list[PastCall], tools: dict[str, ToolEntry], arguments: dict[str, Any] = EVIL) -> str:
    request = Request(("Pay what is due.",), {}, PERSON)
    listed = CLERK.model_copy(update={"tools": list(tools)})
    return screen(listed, tools, request, past, Proposed("pay", arguments), Standing(now=NOW)).verdict


def test_value_read_from_an_artifact_vouches_for_no_sink() -> None:
    """A hostile mail does not become a record by being read again."""
    mails = PastCall("read_mail", {"query": "due"}, {"mails": [EVIL]})
    again = PastCall(READ_ARTIFACT, READ, {"kind": "object", "total": 3, "part": EVIL})
    assert ask_pay([mails, again], TOOLS | OWN) == "ask"


def test_not_even_a_manifest_that_trusts_it_makes_it_vouch() -> None:
    """What is read from an artifact is derived from it, whatever the labels say."""
    own = OWN[READ_ARTIFACT]
    trusting = own.manifest.model_copy(update={"trusted_output": ["/part/iban", "/part/amount"]})
    tools = TOOLS | {READ_ARTIFACT: own.model_copy(update={"manifest": trusting})}
    request = Request(("Pay what is due, read 1-c0 and /mails/77.",), {}, PERSON)
    again = PastCall(READ_ARTIFACT, READ, {"part": EVIL})
    verdict = screen(
        CLERK.model_copy(update={"tools": list(tools)}), tools, request, [again], Proposed("pay", EVIL),
        Standing(now=NOW),
    ).verdict  # fmt: skip
    assert verdict == "ask"


def test_trusted_lookup_vouches_with_all_it_returned_though_shown_cut() -> None:
    """The lookup's own record is the source, also for what the model read of it by `read_artifact`."""
    lookup = PastCall("lookup_vendor", {"vendor_id": "V-100"}, vendor())
    request = Request(("Post 10 EUR for V-100.",), {}, PERSON)
    call = Proposed("post_invoice", {"vendor_id": "V-100", "iban": IBAN_A})
    tools = TOOLS | OWN
    agent_ = CLERK.model_copy(update={"tools": list(tools)})
    again = PastCall(READ_ARTIFACT, {"artifact": "1-c0"}, {"part": vendor()})
    for past, verdict in (([again], "ask"), ([lookup, again], "run")):
        assert screen(agent_, tools, request, past, call, Standing(now=NOW)).verdict == verdict


def dry(name: str, arguments: Any, past: list[dict[str, Any]]) -> dict[str, Any]:
    asked = {"instruction": "Pay what is due.", "principal": {"id": "ana", "tenant": "acme", "kind": "person"}}
    line = json.dumps({"request": asked, "history": past, "call": {"name": name, "arguments": arguments}})
    said: dict[str, Any] = json.loads(next(dry_run.answers(CLERK, TOOLS, [line], NOW, builtin=OWN)))
    return said


CUT = {"tool": "read_mail", "arguments": {"query": "due"}, "output": {"mails": ["x" * 9_000]}}
READ_ON = {"tool": READ_ARTIFACT, "arguments": READ, "output": {"part": EVIL}}


@pytest.mark.parametrize("past", [[CUT], [READ_ON]], ids=["a result over its limit", "read before"])
def test_dry_run_lets_a_cut_result_be_read_on(past: list[dict[str, Any]]) -> None:
    """A plain read that nobody listed: it runs."""
    assert dry(READ_ARTIFACT, READ, past)["verdict"] == "run"


@pytest.mark.parametrize("past", [[], [{**CUT, "output": "short"}]])
def test_dry_run_knows_no_such_tool_before(past: list[dict[str, Any]]) -> None:
    """As the model was never told of it, it is an unknown tool, and no incident."""
    refused = dry(READ_ARTIFACT, READ, past)
    assert [reason["rule"] for reason in refused["reasons"]] == ["unknown_tool"]


def test_dry_run_holds_its_arguments_to_its_schema() -> None:
    """Like those of any tool."""
    refused = dry(READ_ARTIFACT, {"artifact": "1-c0", "offset": -1, "path": "/etc"}, [CUT])
    assert [reason["rule"] for reason in refused["reasons"]] == ["argument_schema"]


def test_dry_run_does_not_believe_what_was_read_from_an_artifact() -> None:
    """In the history of a line it vouches for nothing either."""
    assert dry("pay", EVIL, [CUT, READ_ON])["verdict"] == "ask"
