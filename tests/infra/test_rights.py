"""Who may do what in the deployed account."""

import pytest

from infra.state_machine import OUTSIDE_THE_MACHINE
from infra.tables import TABLES
from tests.infra.assembly import ACCOUNT, REGION, Assembly, statements
from tests.infra.registry_fixture import SAMPLE_TOOLS

PREFIX = "tollgate-dev"
BUCKET = f"arn:<AWS::Partition>:s3:::{PREFIX}-artifacts-{ACCOUNT}-{REGION}"


def table(name: str) -> str:
    """A table's or an index's ARN as the templates spell it."""
    return f"arn:<AWS::Partition>:dynamodb:{REGION}:{ACCOUNT}:table/{PREFIX}-{name}"


def tool(name: str) -> str:
    """The function of a tool."""
    return f"{PREFIX}-tool-{name}"


@pytest.mark.parametrize("assembly", ["dev", "local", "sample"])
def test_no_role_has_a_wildcard_in_an_action_or_a_bare_star_as_resource(
    assembly: str, request: pytest.FixtureRequest
) -> None:
    """Every action is spelled out, and every resource names a service, a kind and a prefix at least."""
    made: Assembly = request.getfixturevalue(assembly)
    for function, found in made.statements.items():
        for statement in found:
            assert not [action for action in statement.actions if "*" in action], function
            arns = {resource for resource in statement.resources if not resource.startswith("<")}
            assert not [arn for arn in arns if arn.count(":") < 5 or (arn.endswith(":*") and ":log-stream:" not in arn
                        and ":execution:" not in arn)], function  # fmt: skip


def test_every_function_has_a_role_of_its_own(dev: Assembly) -> None:
    """No two functions share a role, so no right reaches the wrong one."""
    functions = [
        (name, resource["Properties"]["Role"]["Fn::GetAtt"][0])
        for name, template in dev.templates.items()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    ]
    assert len(set(functions)) == len(functions) == len(dev.functions)


@pytest.mark.parametrize("assembly", ["dev", "sample"])
def test_every_function_writes_to_its_own_log_group_only(assembly: str, request: pytest.FixtureRequest) -> None:
    """The log's ARN ends with the function's own name, and nobody may create a group."""
    made: Assembly = request.getfixturevalue(assembly)
    for function in made.functions:
        own = f"arn:<AWS::Partition>:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{function}:log-stream:*"
        assert made.allows(function, "logs:PutLogEvents") == {own}
        assert not made.allows(function, "logs:CreateLogGroup")


def test_only_the_gate_wakes_the_machine_and_cannot_fail_it(dev: Assembly) -> None:
    """Task tokens are of use to one function, and for one thing."""
    allowed = {
        (function, action)
        for function, found in dev.statements.items()
        for statement in found
        for action in statement.actions
        if action.startswith("states:SendTask")
    }
    assert allowed == {(f"{PREFIX}-api-gate", "states:SendTaskSuccess")}


def test_only_the_gate_invokes_the_gate(dev: Assembly) -> None:
    """What follows from a click has an event of its own, which nobody else sends."""
    gate = f"arn:<AWS::Partition>:lambda:{REGION}:{ACCOUNT}:function:{PREFIX}-api-gate"
    may_invoke = {function for function in dev.functions if gate in dev.allows(function, "lambda:InvokeFunction")}
    assert may_invoke == {f"{PREFIX}-api-gate"}


def test_tokens_are_read_by_the_gate_alone(dev: Assembly) -> None:
    """Who asks writes them, settlement forgets them, and what decides has no other way to one than the gate."""
    allowed = {
        (function, action.removeprefix("dynamodb:"))
        for function, found in dev.statements.items()
        for statement in found
        if table("gates") in statement.resources
        for action in statement.actions
    }
    assert allowed == {
        (f"{PREFIX}-task-request-approval", "UpdateItem"),
        (f"{PREFIX}-api-gate", "GetItem"),
        (f"{PREFIX}-task-settle-execution", "DeleteItem"),
        (f"{PREFIX}-api-executions", "DeleteItem"),
    }


def test_the_audit_is_added_to_and_read_and_nothing_else(dev: Assembly) -> None:
    """No role can change or remove a line, and who writes lines does not read them."""
    allowed: dict[str, set[str]] = {}
    for function, found in dev.statements.items():
        for statement in found:
            if any(resource.startswith(table("audit")) for resource in statement.resources):
                allowed.setdefault(function, set()).update(statement.actions)
    writers = ("task-request-approval", "task-escalate-approval", "task-settle-execution", "api-executions", "api-gate")
    assert allowed == {f"{PREFIX}-{name}": {"dynamodb:PutItem"} for name in writers} | {
        f"{PREFIX}-api-approvals": {"dynamodb:Query"}
    }


def test_the_sweep_runs_in_the_gate_every_minute(dev: Assembly) -> None:
    """What a crash left undone is found by the one function that can do it."""
    rules = [r["Properties"] for r in dev.root["Resources"].values() if r["Type"] == "AWS::Events::Rule"]
    [rule] = [rule for rule in rules if rule["Name"] == f"{PREFIX}-gate-sweep"]
    [target] = rule["Targets"]
    function = dev.root["Resources"][target["Arn"]["Fn::GetAtt"][0]]["Properties"]["FunctionName"]
    assert (rule["ScheduleExpression"], function) == ("rate(1 minute)", f"{PREFIX}-api-gate")


def test_only_reason_and_wind_down_call_models_and_only_through_the_stages_profile(dev: Assembly) -> None:
    """The alias's inference profile, and the model behind it under the condition that the profile was used."""
    allowed = {function for function in dev.functions if dev.allows(function, "bedrock:InvokeModel")}
    assert allowed == {f"{PREFIX}-task-reason", f"{PREFIX}-task-wind-down"}
    profile = f"arn:<AWS::Partition>:bedrock:{REGION}:{ACCOUNT}:inference-profile/global.anthropic.claude-sonnet-4-6"
    direct = [s for s in dev.statements[f"{PREFIX}-task-reason"] if "bedrock:InvokeModel" in s.actions]
    for statement in direct:
        assert statement.resources == {profile} or profile in statement.conditions


def test_memory_is_written_at_the_end_read_by_the_prompt_and_forgotten_by_its_api_alone(dev: Assembly) -> None:
    """No tool reaches it, no task changes or deletes what is there, and who reads it for a prompt writes nothing."""
    rights = {
        (function.removeprefix(f"{PREFIX}-"), action)
        for action in ("GetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchGetItem")
        for function in dev.functions
        if table("memory") in dev.allows(function, f"dynamodb:{action}")
    }
    assert rights == {
        ("task-conclude-execution", "PutItem"),
        ("task-reason", "Query"),
        ("api-memory", "Query"),
        ("api-memory", "GetItem"),
        ("api-memory", "DeleteItem"),
    }


def test_only_the_api_starts_and_stops_executions(dev: Assembly) -> None:
    """Neither a task nor a tool can start, stop or redrive an execution."""
    for action in ("StartExecution", "StopExecution", "RedriveExecution"):
        allowed = {function for function in dev.functions if dev.allows(function, f"states:{action}")}
        assert allowed == {f"{PREFIX}-api-executions"}


def test_nothing_is_deleted_but_the_gates_of_what_is_over_and_what_shall_be_forgotten(dev: Assembly) -> None:
    """No function deletes anything else durable; whoever settles forgets the tokens, an admin forgets a memory."""
    gates = {(f"{PREFIX}-{name}", table("gates")) for name in ("task-settle-execution", "api-executions")}
    assert {
        (function, resource) for function in dev.functions for resource in dev.allows(function, "dynamodb:DeleteItem")
    } == {*gates, (f"{PREFIX}-api-memory", table("memory"))}
    assert not [function for function in dev.functions if dev.allows(function, "s3:DeleteObject")]


def test_every_table_right_names_a_table_or_index_that_exists(dev: Assembly) -> None:
    """A misspelt table would be a right on nothing, found only by a failing call in production."""
    known = {table(name) for name in TABLES} | {table("ledger")}
    known |= {table(f"{name}/index/{index}") for name, shape in TABLES.items() for index, _ in shape.indexes}
    known |= {table(f"{name}/index/{index}") for name, shape in TABLES.items() for index, _ in shape.local_indexes}
    for function, found in dev.statements.items():
        for statement in found:
            tables = {resource for resource in statement.resources if ":dynamodb:" in resource}
            assert tables <= known, function


def test_environment_names_only_tables_that_the_role_reaches(dev: Assembly) -> None:
    """What a function may not touch, it is not told; what it may, it is."""
    for function, properties in dev.functions.items():
        if "-tool-" in function:
            continue
        told = {
            value.removeprefix(f"{PREFIX}-")
            for name, value in properties["Environment"]["Variables"].items()
            if name.startswith("TOLLGATE_") and name.endswith("_TABLE")
        }
        reached = {
            resource.split(f"table/{PREFIX}-")[1].split("/")[0]
            for statement in dev.statements[function]
            for resource in statement.resources
            if ":dynamodb:" in resource
        }
        assert told == reached, function


def test_the_machine_invokes_its_tasks_and_the_tools_of_its_prefix_and_nothing_else(dev: Assembly) -> None:
    """The machine's role is one statement; the API's functions and settlement are not in it."""
    [role] = [
        resource
        for resource in dev.root["Resources"].values()
        if resource["Type"] == "AWS::IAM::Role" and "states.amazonaws.com" in str(resource["Properties"])
    ]
    [statement] = statements(role)
    assert statement.actions == {"lambda:InvokeFunction"}
    tools = f"arn:<AWS::Partition>:lambda:{REGION}:{ACCOUNT}:function:{PREFIX}-tool-*"
    tasks = {
        resource.strip("<>").removesuffix(".Arn") for resource in statement.resources if resource.startswith("<Tasks")
    }
    names = {dev.root["Resources"][task]["Properties"]["FunctionName"] for task in tasks}
    outside = {f"{PREFIX}-task-{name.replace('_', '-')}" for name in OUTSIDE_THE_MACHINE}
    assert names == {name for name in dev.functions if "-task-" in name} - outside
    assert statement.resources - {f"<{task}.Arn>" for task in tasks} == {tools}


@pytest.mark.parametrize("name", SAMPLE_TOOLS)
def test_a_tool_reaches_its_own_ledger_keys_and_results_only(sample: Assembly, name: str) -> None:
    """Get and Update under the tool's own leading key, its breaker, its own results; no journal, no budget."""
    [ledger, breaker] = [s for s in sample.statements[tool(name)] if table("calls") in s.resources]
    assert ledger.actions == {"dynamodb:GetItem", "dynamodb:UpdateItem"}
    assert f'"dynamodb:LeadingKeys": ["{name}#*"]' in ledger.conditions
    assert breaker.actions == {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
    assert f'"dynamodb:LeadingKeys": ["BREAKER#{name}"]' in breaker.conditions
    assert sample.allows(tool(name), "s3:PutObject") == {f"{BUCKET}/results/{name}/*"}
    others = {table(other) for other in TABLES if other != "calls"}
    assert not others & {resource for s in sample.statements[tool(name)] for resource in s.resources}


def test_the_tool_that_reads_cut_results_reads_all_results_and_writes_none(dev: Assembly) -> None:
    """Its own keys in the ledger, its breaker, every result by Get, and nothing else at all."""
    name = "read_artifact"
    [ledger, breaker] = [s for s in dev.statements[tool(name)] if table("calls") in s.resources]
    assert f'"dynamodb:LeadingKeys": ["{name}#*"]' in ledger.conditions
    assert ledger.actions == {"dynamodb:GetItem", "dynamodb:UpdateItem"}
    assert f'"dynamodb:LeadingKeys": ["BREAKER#{name}"]' in breaker.conditions
    assert dev.allows(tool(name), "s3:GetObject") == {f"{BUCKET}/results/*"}
    assert dev.allows(tool(name), "s3:PutObject") == set()
    rest = [s for s in dev.statements[tool(name)] if s not in (ledger, breaker)]
    assert {action for s in rest for action in s.actions if not action.startswith("logs:")} == {"s3:GetObject"}


def test_no_other_tool_reads_the_results_of_others(dev: Assembly) -> None:
    """Each of the repository's tools has its own results only."""
    readers = {
        name for name in dev.functions if "-tool-" in name and f"{BUCKET}/results/*" in dev.allows(name, "s3:GetObject")
    }
    assert readers == {tool("read_artifact")}


def test_only_a_tool_with_a_document_argument_reads_documents(sample: Assembly) -> None:
    """The other tools cannot read what people sent in."""
    read = {name: sample.allows(tool(name), "s3:GetObject") for name in SAMPLE_TOOLS}
    own = {name: {f"{BUCKET}/results/{name}/*"} for name in SAMPLE_TOOLS}
    own["read_document"].add(f"{BUCKET}/documents/*")
    assert read == own


def test_permissions_of_a_manifest_reach_its_own_role_only(sample: Assembly) -> None:
    """Placeholders are filled, and no other function gets the statement."""
    holders = {name for name in sample.functions if table("ledger") in sample.allows(name, "dynamodb:GetItem")}
    assert holders == {tool("look_up")}


def test_a_tools_secret_and_target_are_its_own(sample: Assembly) -> None:
    """GetSecretValue on the one secret of its manifest; InvokeFunction on the one function it stands for."""
    secret = f"arn:<AWS::Partition>:secretsmanager:{REGION}:{ACCOUNT}:secret:letters/key-??????"
    assert {name: sample.allows(tool(name), "secretsmanager:GetSecretValue") for name in SAMPLE_TOOLS} == {
        name: ({secret} if name == "send_letter" else set()) for name in SAMPLE_TOOLS
    }
    other = "arn:aws:lambda:eu-west-1:111122223333:function:other"
    assert {name: sample.allows(tool(name), "lambda:InvokeFunction") for name in SAMPLE_TOOLS} == {
        name: ({other} if name == "call_other" else set()) for name in SAMPLE_TOOLS
    }
