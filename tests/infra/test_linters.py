"""The linters that `make check` runs find what they are there for, and nothing in what is deployed."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_iam as iam
from cdk_nag import AwsSolutionsChecks

from infra import lint
from infra.acknowledgements import acknowledge_wildcards
from infra.state_machine import states
from tests.infra.assembly import Assembly

ROOT = Path(__file__).resolve().parents[2]


def asl() -> dict[str, Any]:
    """A fresh copy of the machine's definition."""
    loaded: dict[str, Any] = json.loads((ROOT / "statemachines" / "agent.asl.json").read_text())
    return loaded


@pytest.mark.parametrize("assembly", ["dev", "local"])
def test_nothing_is_found_in_what_is_synthesised(assembly: str, request: pytest.FixtureRequest) -> None:
    """cfn-lint, statelint, asl-validator and our own rule, warnings included."""
    assert lint.findings(request.getfixturevalue(assembly).folder) == []


def test_catcher_behind_states_all_is_found() -> None:
    """No linter minds it, AWS ignores it, and the handler behind it never runs."""
    definition = asl()
    definition["States"]["ConcludeExecution"]["Catch"].insert(0, {"ErrorEquals": ["States.ALL"], "Next": "WindDown"})
    assert lint.hidden_catchers(definition, "Agent") == [
        "Agent: ConcludeExecution.Catch[0]: States.ALL must be alone and last"
    ]


def test_catcher_hidden_inside_a_map_is_found() -> None:
    """The rule looks into item processors too."""
    definition = asl()
    inside = definition["States"]["RunToolCalls"]["ItemProcessor"]["States"]["InvokeTool"]
    inside["Catch"].reverse()
    assert lint.hidden_catchers(definition, "Agent") == [
        "Agent: InvokeTool.Catch[0]: States.ALL must be alone and last"
    ]


def test_transition_to_nowhere_is_found(tmp_path: Path) -> None:
    """statelint names the missing state."""
    definition = asl()
    definition["States"]["WindDown"]["Next"] = "Nowhere"
    path = tmp_path / "broken.asl.json"
    path.write_text(json.dumps(definition))
    assert "Nowhere" in "".join(lint.statelint(path))


def test_folder_without_templates_is_a_finding(tmp_path: Path) -> None:
    """A linter that looked at nothing must not say that all is well."""
    assert "no template here" in lint.findings(tmp_path)[0]


def test_no_retry_pays_twice() -> None:
    """No Retry names everything, and Reason never retries its own timeout: a zombie would pay for a second call."""
    for name, state in states(asl()):
        retried = {error for rule in state.get("Retry", []) for error in rule["ErrorEquals"]}
        assert not retried & {"States.ALL", "States.TaskFailed"}, name
        assert name != "Reason" or "States.Timeout" not in retried


def test_data_limit_is_caught_by_name_before_everything() -> None:
    """`States.ALL` does not match `States.DataLimitExceeded` on AWS: a huge answer would end the execution."""
    tools = dict(states(asl()))
    for name in ("InvokeTool", "InvokeFallback"):
        caught = [rule["ErrorEquals"] for rule in tools[name]["Catch"]]
        assert caught == [["States.DataLimitExceeded"], ["States.ALL"]]


@pytest.mark.parametrize("assembly", ["dev", "local", "sample"])
def test_cdk_nag_finds_nothing_that_is_not_acknowledged(assembly: str, request: pytest.FixtureRequest) -> None:
    """The report of the synth itself; every acknowledgement in it has a reason."""
    made: Assembly = request.getfixturevalue(assembly)
    report = json.loads((made.folder / "validation-report.json").read_text())
    assert report, "cdk-nag wrote no report"
    assert '"conclusion": "failure"' not in json.dumps(report)


@pytest.mark.parametrize("resource", ["arn:aws:s3:::other/*", "*"])
def test_cdk_nag_stops_at_a_wildcard_that_was_not_acknowledged(tmp_path: Path, resource: str) -> None:
    """An acknowledgement covers its own resource; another one on the same role, or a bare `*`, ends the synth."""
    app = App(outdir=str(tmp_path))
    known = iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::known/*"])
    other = iam.PolicyStatement(actions=["s3:GetObject"], resources=[resource])
    role = iam.Role(
        Stack(app, "Probe"),
        "Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={"Rights": iam.PolicyDocument(statements=[known, other])},
    )
    acknowledge_wildcards(role, [known] if resource != "*" else [known, other])
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    [report] = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    assert [found["ruleName"] for found in report["violations"]] == [f"AwsSolutions-IAM5[Resource::{resource}]"]
    assert len(report["suppressedViolations"]) == 1
