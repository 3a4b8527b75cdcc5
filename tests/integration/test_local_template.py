"""The template loader resolves what CDK writes, and refuses by name what cannot be honoured locally."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.template.assembly import Assembly
from local.template.functions import functions
from local.template.intrinsics import FUNCTIONS, resolve
from local.template.load import load
from local.template.resource_types import RESOURCE_TYPES
from local.template.routes import learn_api_url, routes
from local.template.rules import rules
from local.template.scope import Place, Scope
from local.template.unsupported import UnsupportedTemplateError

PLACE = Place(account="111122223333", region="eu-west-1")
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Code": {"S3Bucket": "assets", "S3Key": "code.zip"},
        "Handler": "handler.handler",
        "Runtime": "python3.13",
    },
}


def assembly(folder: Path, template: dict[str, Any], nested: dict[str, Any] | None = None) -> Assembly:
    """A folder as `cdk synth` writes it, with one code asset, one layer asset and at most one nested template."""
    (folder / "code").mkdir()
    (folder / "layer").mkdir()
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "T.json", "stackName": "stack"}}
    files = {"code.zip": "code", "layer.zip": "layer", "nested.json": "nested.template.json"}
    assets = {
        key: {"source": {"path": path}, "destinations": {"here": {"objectKey": key}}} for key, path in files.items()
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"T": artifact, "Tree": {"type": "cdk:tree"}}}))
    (folder / "T.json").write_text(json.dumps(template))
    (folder / "T.assets.json").write_text(json.dumps({"files": assets}))
    (folder / "nested.template.json").write_text(json.dumps(nested or {"Resources": {}}))
    return Assembly(folder)


def loaded(folder: Path, resources: dict[str, Any], **sections: Any) -> Scope:
    nested = sections.pop("nested", None)
    return load(assembly(folder, {"Resources": resources, **sections}, nested), PLACE)


def one(resource: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**resource, "Properties": {**resource.get("Properties", {}), **changes}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "Size"}, "512"),
        ({"Ref": "Bucket"}, "stack-data-111122223333"),
        ({"Fn::GetAtt": ["Fn", "Arn"]}, "arn:aws:lambda:eu-west-1:111122223333:function:stack-Fn"),
        ({"Fn::GetAtt": "Fn.Arn"}, "arn:aws:lambda:eu-west-1:111122223333:function:stack-Fn"),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::AccountId"}]]}, "a-111122223333"),
        (
            {"Fn::Sub": "${AWS::Partition}:${Fn.Arn}:${!Literal}"},
            "aws:arn:aws:lambda:eu-west-1:111122223333:function:stack-Fn:${Literal}",
        ),
        ({"Fn::Sub": ["${X}/${AWS::Region}", {"X": {"Ref": "Size"}}]}, "512/eu-west-1"),
        ({"Fn::Select": ["1", {"Fn::Split": [":", "a:b:c"]}]}, "b"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "memory"]}, "1024"),
        ({"Fn::If": ["IsBig", "big", "small"]}, "small"),
        ({"Fn::Base64": "text"}, "dGV4dA=="),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
    ],
)
def test_ordinary_function_gives_what_cloudformation_gives(tmp_path: Path, value: Any, expected: Any) -> None:
    """Each function that CDK emits is evaluated."""
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "stack-data-${AWS::AccountId}"}}}
    scope = loaded(
        tmp_path,
        {"Fn": FUNCTION, "Bucket": bucket},
        Parameters={"Size": {"Type": "String", "Default": "512"}},
        Mappings={"Sizes": {"eu-west-1": {"memory": "1024"}}},
        Conditions={
            "IsBig": {"Fn::And": [{"Fn::Equals": [{"Ref": "Size"}, "512"]}, {"Fn::Not": [{"Condition": "Always"}]}]},
            "Always": {"Fn::Or": [{"Fn::Equals": [1, 2]}, {"Fn::Equals": [1, 1]}]},
        },
    )
    assert resolve(value, scope) == expected


@pytest.mark.parametrize("function", ["Fn::ImportValue", "Fn::Transform", "Fn::GetAZs", "Fn::Cidr", "Fn::Length"])
def test_function_that_cannot_be_honoured_is_refused_with_its_place(tmp_path: Path, function: str) -> None:
    """Loading ends with the function's name, the resource and the property, before anything is created."""
    assert function not in FUNCTIONS
    environment = {"Variables": {"X": {function: "something"}}}
    with pytest.raises(
        UnsupportedTemplateError, match=rf"stack/Fn \(AWS::Lambda::Function\).Environment: function {function}"
    ):
        loaded(tmp_path, {"Fn": one(FUNCTION, Environment=environment)})


def test_everything_that_cannot_be_honoured_is_listed_at_once(tmp_path: Path) -> None:
    """Types, properties, resource attributes and sections are each named with their logical id."""
    with pytest.raises(UnsupportedTemplateError) as caught:
        loaded(
            tmp_path,
            {
                "Queue": {"Type": "AWS::SQS::Queue"},
                "Fn": {**one(FUNCTION, VpcConfig={}), "CreationPolicy": {}},
                "Nested": {
                    "Type": "AWS::CloudFormation::Stack",
                    "Properties": {"TemplateURL": "https://s3/nested.json"},
                },
            },
            Transform="AWS::Serverless-2016-10-31",
            nested={"Resources": {"Cluster": {"Type": "AWS::ECS::Cluster"}}},
        )
    message = str(caught.value)
    for complaint in (
        "- stack: section Transform",
        "- stack/Queue: resource type AWS::SQS::Queue",
        "- stack/Fn (AWS::Lambda::Function): property VpcConfig",
        "- stack/Fn (AWS::Lambda::Function): resource attribute CreationPolicy",
        "- stack/Nested/Cluster: resource type AWS::ECS::Cluster",
    ):
        assert complaint in message.splitlines()


def test_inert_type_and_property_say_why(tmp_path: Path) -> None:
    """Whatever has no effect locally is in the table with a reason."""
    for name, known in RESOURCE_TYPES.items():
        assert known.honoured or known.inert_because, name
        assert all(known.inert.values()), name
    loaded(tmp_path, {"Role": {"Type": "AWS::IAM::Role", "Properties": {"Anything": {"Fn::ImportValue": "x"}}}})


def test_attribute_that_is_not_known_is_refused_by_name(tmp_path: Path) -> None:
    """A guess at an attribute would be a wrong value somewhere else."""
    scope = loaded(tmp_path, {"Fn": FUNCTION})
    with pytest.raises(UnsupportedTemplateError, match=r"stack/Fn.*'SnapStartResponse.ApplyOn'"):
        scope.attribute("Fn", "SnapStartResponse.ApplyOn")


def test_resource_whose_condition_fails_is_not_there(tmp_path: Path) -> None:
    """Conditions on resources are honoured."""
    scope = loaded(
        tmp_path,
        {"Fn": FUNCTION, "Other": {**FUNCTION, "Condition": "Never"}},
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
    )
    assert [logical_id for logical_id, _ in scope.resources()] == ["Fn"]


def test_nested_stack_sees_its_parameters_and_gives_its_outputs(tmp_path: Path) -> None:
    """A function in a nested stack gets the parent's layer; the parent gets the function's ARN."""
    scope = loaded(
        tmp_path,
        {
            "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Key": "layer.zip"}}},
            "Nested": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "TemplateURL": {
                        "Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}, "/bucket/nested.json"]]
                    },
                    "Parameters": {"LayerArn": {"Ref": "Layer"}},
                },
            },
        },
        nested={
            "Parameters": {"LayerArn": {"Type": "String"}},
            "Resources": {
                "Tool": one(FUNCTION, Layers=[{"Ref": "LayerArn"}], FunctionName="tool", Timeout=7, MemorySize=256)
            },
            "Outputs": {"ToolArn": {"Value": {"Fn::GetAtt": ["Tool", "Arn"]}}},
        },
    )
    (tool,) = functions(scope)
    assert (tool.name, tool.timeout_seconds, tool.memory_mb) == ("tool", 7, 256)
    assert tool.layers == (tmp_path / "layer",)
    assert tool.code == tmp_path / "code"
    assert scope.attribute("Nested", "Outputs.ToolArn") == tool.arn


def test_value_learned_at_creation_is_used_wherever_it_is_named(tmp_path: Path) -> None:
    """A secret's ARN ends in characters that only creation tells; before that, using it is an error."""
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "s"}}
    scope = loaded(tmp_path, {"S": secret, "Fn": one(FUNCTION, Environment={"Variables": {"SECRET": {"Ref": "S"}}})})
    with pytest.raises(UnsupportedTemplateError, match="stack/S: its value is needed before it exists"):
        functions(scope)
    scope.learn("S", "Ref", "arn:of:secret-AbCdEf")
    assert functions(scope)[0].environment == {"SECRET": "arn:of:secret-AbCdEf"}


def test_function_that_calls_models_is_known_by_its_name(tmp_path: Path) -> None:
    """Only the reason task of this very stack may get the user's credentials; a tool cannot pose as it."""
    names = ["stack-task-reason", "stack-tool-task-reason", "other-task-reason", "stack-task-screen-proposal"]
    scope = loaded(tmp_path, {f"F{number}": one(FUNCTION, FunctionName=name) for number, name in enumerate(names)})
    assert [spec.name for spec in functions(scope) if spec.calls_models] == ["stack-task-reason"]


def test_json_logging_of_the_template_reaches_the_runtime_client(tmp_path: Path) -> None:
    """LoggingConfig becomes the variables by which Lambda tells its runtime client."""
    scope = loaded(tmp_path, {"Fn": one(FUNCTION, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"})})
    assert functions(scope)[0].environment == {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "WARN"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"Runtime": "nodejs22.x"}, "runs Python, not nodejs22.x"),
        ({"Code": {"ZipFile": "x"}}, "not an asset"),
        ({"Layers": ["arn:aws:lambda:eu-west-1:1:layer:other:1"]}, "layer:other:1 is not part of this template"),
    ],
)
def test_function_that_cannot_run_here_is_refused(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    """Another language, inline code and a foreign layer are each named."""
    with pytest.raises(UnsupportedTemplateError, match=complaint):
        functions(loaded(tmp_path, {"Fn": one(FUNCTION, **change)}))


def api(**changes: Any) -> dict[str, Any]:
    integration = {"ApiId": {"Ref": "Api"}, "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
    integration["IntegrationUri"] = {"Fn::GetAtt": ["Fn", "Arn"]}
    target = {"Fn::Join": ["", ["integrations/", {"Ref": "Integration"}]]}
    route = {
        "ApiId": {"Ref": "Api"},
        "RouteKey": "GET /v1/things/{id}",
        "Target": target,
        "AuthorizationType": "AWS_IAM",
    }
    return {
        "Fn": FUNCTION,
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "HTTP"}},
        "Integration": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": integration},
        "Route": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {**route, **changes}},
    }


def test_route_leads_to_its_integrations_function(tmp_path: Path) -> None:
    """A route is its key, its function and whether the caller must be known."""
    scope = loaded(tmp_path, api(), Outputs={"Url": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}}})
    learn_api_url(scope, "http://127.0.0.1:5")
    (route,) = routes(scope)
    assert (route.method, route.segments, route.authorized) == ("GET", ("v1", "things", "{id}"), True)
    assert route.function_arn.endswith(":function:stack-Fn")
    assert scope.output("Url") == "http://127.0.0.1:5"


def test_route_without_authorizer_is_open(tmp_path: Path) -> None:
    """Authorization NONE asks nobody who is calling."""
    assert not routes(loaded(tmp_path, api(AuthorizationType="NONE")))[0].authorized


@pytest.mark.parametrize("key", ["$default", "ANY /v1/things", "GET /v1/{proxy+}"])
def test_route_of_another_kind_is_refused(tmp_path: Path, key: str) -> None:
    """Greedy and default routes are named with what to write instead."""
    with pytest.raises(UnsupportedTemplateError, match=r"stack/Route.*does not run locally; write METHOD"):
        routes(loaded(tmp_path, api(RouteKey=key)))


def rule(**properties: Any) -> dict[str, Any]:
    target = {"Arn": {"Fn::GetAtt": ["Fn", "Arn"]}, "Id": "T", "RetryPolicy": {}}
    return {"Fn": FUNCTION, "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Targets": [target], **properties}}}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"source": "aws.states", "detail": {"status": "FAILED", "more": 1}}, True),
        ({"source": "aws.states", "detail": {"status": "RUNNING"}}, False),
        ({"source": "aws.lambda", "detail": {"status": "FAILED"}}, False),
        ({"source": "aws.states"}, False),
    ],
)
def test_rule_matches_as_its_pattern_says(tmp_path: Path, event: dict[str, Any], expected: bool) -> None:
    """Every key of the pattern must hold one of its values; other keys of the event do not matter."""
    pattern = {"source": ["aws.states"], "detail": {"status": ["FAILED", "TIMED_OUT"]}}
    (found,) = rules(loaded(tmp_path, rule(EventPattern=pattern)))
    assert found.matches(event) is expected


def test_schedule_by_rate_is_read_in_seconds(tmp_path: Path) -> None:
    """`rate(5 minutes)` is 300 seconds, and matches no event."""
    (found,) = rules(loaded(tmp_path, rule(ScheduleExpression="rate(5 minutes)")))
    assert found.every_seconds == 300
    assert not found.matches({"source": "aws.states"})


def test_disabled_rule_does_nothing(tmp_path: Path) -> None:
    """State DISABLED is honoured."""
    assert rules(loaded(tmp_path, rule(ScheduleExpression="rate(1 hour)", State="DISABLED"))) == ()


@pytest.mark.parametrize(
    ("properties", "complaint"),
    [
        ({"ScheduleExpression": "cron(0 12 * * ? *)"}, r"write rate\(5 minutes\)"),
        ({"EventPattern": {"source": [{"prefix": "aws"}]}}, "not a list of exact values"),
        ({"Targets": [{"Arn": "arn:aws:sqs:eu-west-1:1:queue", "Id": "T"}]}, "not simply a function"),
        (
            {"Targets": [{"Arn": "arn:aws:lambda:x:1:function:f", "Id": "T", "InputTransformer": {}}]},
            "not simply a function",
        ),
    ],
)
def test_rule_of_another_kind_is_refused(tmp_path: Path, properties: dict[str, Any], complaint: str) -> None:
    """Cron schedules, content filters, other targets and transformers are each named."""
    with pytest.raises(UnsupportedTemplateError, match=f"stack/Rule .*{complaint}"):
        rules(loaded(tmp_path, rule(**properties)))


def test_asset_that_was_not_synthesised_is_refused(tmp_path: Path) -> None:
    """A key that no asset manifest knows is named."""
    with pytest.raises(UnsupportedTemplateError, match=r"no asset of this synthesis has the key 'other.zip'"):
        functions(loaded(tmp_path, {"Fn": one(FUNCTION, Code={"S3Key": "other.zip"})}))


def test_two_stacks_are_refused(tmp_path: Path) -> None:
    """One stack runs locally; the message names what was found."""
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "T.json"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"A": artifact, "B": artifact}}))
    with pytest.raises(UnsupportedTemplateError, match=r"one stack can run locally, not \['A', 'B'\]"):
        load(Assembly(tmp_path), PLACE)
