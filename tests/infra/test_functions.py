"""What every deployed function is given: time, layers, environment, events."""

import json
from pathlib import Path

import pytest
from tollgate.budget.events import THRESHOLD_CROSSED

from infra import tool_rights
from infra.names import pascal
from infra.state_machine import states
from tests.infra.assembly import Assembly

ROOT = Path(__file__).resolve().parents[2]
ASL = json.loads((ROOT / "statemachines" / "agent.asl.json").read_text())


@pytest.mark.parametrize("assembly", ["dev", "local", "sample"])
def test_every_function_refuses_configured_endpoints(assembly: str, request: pytest.FixtureRequest) -> None:
    """The SDK's switch is set, and no variable of any function names an endpoint."""
    made: Assembly = request.getfixturevalue(assembly)
    assert made.functions
    for name, function in made.functions.items():
        variables = function["Environment"]["Variables"]
        assert variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] == "true", name
        assert not [key for key in variables if key.startswith("AWS_ENDPOINT_URL") or key == "SLACK_API_URL"], name


def test_every_function_runs_on_arm_with_python_3_13(dev: Assembly) -> None:
    """One platform, the one that the layers are built for."""
    assert {(f["Runtime"], *f["Architectures"]) for f in dev.functions.values()} == {("python3.13", "arm64")}


def test_definitions_reach_every_function_but_the_tools(sample: Assembly) -> None:
    """A tool gets two layers and its own entry in a file; the registry of everybody else stays out of its reach."""
    for name, function in sample.functions.items():
        assert len(function["Layers"]) == (2 if "-tool-" in name else 3), name
    [made] = [layer for layer in sample.of("AWS::Lambda::LayerVersion") if "definitions" in layer["LayerName"]]
    assert made


def test_each_tasks_function_ends_before_its_state_does(dev: Assembly) -> None:
    """Timeouts nest 15 seconds apart, so the function's own error is what the machine sees."""
    for name, state in states(ASL):
        if state["Type"] == "Task" and "TimeoutSeconds" in state:
            folder = next(f for f in (ROOT / "lambdas" / "tasks").iterdir() if pascal(f.name) == name)
            function = dev.functions[f"tollgate-dev-task-{folder.name.replace('_', '-')}"]
            assert function["Timeout"] == state["TimeoutSeconds"] - 15, name


@pytest.mark.parametrize(
    ("timeout", "attempts", "interval", "rate", "expected"),
    [
        (30, 3, 1.0, 2.0, 3 * 30 + (1 + 2) + 30 + 15),
        (10, 1, 5.0, 2.0, 10 + 10 + 15),
        (10, 2, 0.5, 1.0, 10 + 10 + 1 + 10 + 15),
        (600, 1, 0.0, 1.0, 900),
    ],
)
def test_a_tools_time_covers_its_attempts_its_waits_and_one_lease(
    timeout: int, attempts: int, interval: float, rate: float, expected: int
) -> None:
    """attempts x timeout + backoff + one more timeout + 15, rounded up, and never past Lambda's own limit."""
    retry = {"max_attempts": attempts, "interval_seconds": interval, "backoff_rate": rate}
    assert tool_rights.timeout_seconds({"timeout_seconds": timeout, "retry": retry}) == expected


def test_a_tools_function_is_the_runtime_wrapper_with_the_manifests_time_and_variables(sample: Assembly) -> None:
    """Manifest values arrive with their placeholders filled."""
    function = sample.functions["tollgate-dev-tool-look_up"]
    assert function["Handler"] == "tollgate.tool_runtime.entry.handler"
    assert function["Timeout"] == 138
    assert function["Environment"]["Variables"]["LEDGER_TABLE"] == "tollgate-dev-ledger"
    assert function["Environment"]["Variables"]["TOLLGATE_CALLS_TABLE"] == "tollgate-dev-calls"


def test_settlement_hears_every_status_of_this_machine_and_sweeps(dev: Assembly) -> None:
    """No status is filtered out, no other machine's event comes in, and lost events are swept up."""
    rules = list(dev.of("AWS::Events::Rule"))
    [changed] = [rule for rule in rules if rule["Name"].endswith("-status-changed")]
    [sweep] = [rule for rule in rules if rule["Name"].endswith("-dev-sweep")]
    machine = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:tollgate-dev-agent"
    assert changed["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"stateMachineArn": [machine]},
    }
    assert sweep["ScheduleExpression"] == "rate(5 minutes)"
    targets = {target["Arn"] for rule in (changed, sweep) for target in rule["Targets"]}
    [settle] = [
        f"<{key}.Arn>"
        for key, resource in dev.root["Resources"].items()
        if resource.get("Properties", {}).get("FunctionName") == "tollgate-dev-task-settle-execution"
    ]
    assert targets == {settle}


def test_slack_hears_of_every_threshold_of_this_deployment(dev: Assembly) -> None:
    """The rule asks for exactly what the functions publish, under the only name that they may publish under."""
    [rule] = [rule for rule in dev.of("AWS::Events::Rule") if rule["Name"].endswith("-budget-threshold")]
    assert rule["EventPattern"] == {"source": ["tollgate-dev"], "detail-type": [THRESHOLD_CROSSED]}
    publishing = {name for name in dev.functions if dev.allows(name, "events:PutEvents")}
    assert publishing == {
        f"tollgate-dev-{name}" for name in ("task-reason", "task-wind-down", "task-settle-execution", "api-executions")
    }
    for name in publishing:
        [statement] = [one for one in dev.statements[name] if "events:PutEvents" in one.actions]
        assert "events:source" in str(statement.conditions)
        assert "tollgate-dev" in str(statement.conditions)


def test_every_log_group_has_an_end_and_every_function_a_log_group(dev: Assembly) -> None:
    """No group is left to be created at run time, where it would keep everything for ever."""
    groups = {group["LogGroupName"]: group["RetentionInDays"] for group in dev.of("AWS::Logs::LogGroup")}
    assert {f"/aws/lambda/{name}" for name in dev.functions} <= set(groups)
    assert set(groups.values()) == {30}


def test_every_table_can_be_restored_and_outlives_its_stack(dev: Assembly) -> None:
    """Point-in-time recovery is on, and deleting the stack deletes no data."""
    tables = [r for r in dev.root["Resources"].values() if r["Type"] == "AWS::DynamoDB::Table"]
    assert {table["DeletionPolicy"] for table in tables} == {"Retain"}
    assert all(
        table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        for table in tables
    )
