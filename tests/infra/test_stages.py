"""What a stage may change, and what it may not."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.infra.assembly import Assembly

DIFFERENCES = {
    r"Parameters\.LocalOnlyStage.*": "the rule's parameter",
    r"Rules\.LocalOnlyNeverDeployed.*": "the local stage's template refuses to be deployed",
    r".*\.Content\.S3Key": "the layers: the host's own packages, and the stage's definitions",
    r".*\.Code\.S3Key": "a tool's asset holds its function's name, and packages for another machine",
    r".*\.TemplateURL.*": "a nested template's name follows from what is in it",
    r".*\.Metadata\.aws:asset:path": "where an asset was built",
    r".*Tasks(Reason|WindDown)Role.*\.PolicyDocument\.Statement.*": "which models the stage's aliases name",
}
"""Where local and deployed templates may differ, and why."""


def test_local_and_deployed_templates_differ_in_documented_places_only(local: Assembly, dev: Assembly) -> None:
    """What runs on the laptop is what is deployed: any other difference is a defect."""
    assert set(local.templates) == set(dev.templates)
    found = {
        place for name in dev.templates for place in differences(renamed(local.templates[name]), dev.templates[name])
    }
    assert not {place for place in found if not any(re.fullmatch(known, place) for known in DIFFERENCES)}
    assert any(place.startswith("Rules.LocalOnlyNeverDeployed") for place in found)


def test_local_template_has_a_rule_that_no_value_satisfies(local: Assembly, dev: Assembly) -> None:
    """CloudFormation evaluates the rule before any resource; its parameter has one value, and that value fails."""
    [(parameter, declared)] = [item for item in local.root["Parameters"].items() if item[0].startswith("LocalOnly")]
    [rule] = [rule for name, rule in local.root["Rules"].items() if name.startswith("LocalOnly")]
    assert declared["AllowedValues"] == [declared["Default"]] == ["local"]
    [assertion] = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, "local"]}]}
    assert "RuleCondition" not in rule
    assert not [name for name in dev.root["Rules"] if name.startswith("LocalOnly")]


def test_sample_ledger_is_deployed_where_the_stage_asks_for_it_only(dev: Assembly, tokens: Assembly) -> None:
    """The demonstration's table has no place in a stage that does not want it."""
    assert "tollgate-dev-ledger" in {table["TableName"] for table in dev.of("AWS::DynamoDB::Table")}
    assert not [table for table in tokens.of("AWS::DynamoDB::Table") if "ledger" in table["TableName"]]


def renamed(template: dict[str, Any]) -> dict[str, Any]:
    """The template as if its stage were called dev."""
    found: dict[str, Any] = json.loads(json.dumps(template).replace("tollgate-local", "tollgate-dev"))
    return found


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """The places at which two documents differ, written with dots."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key), other.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{place}.{index}")
    elif one != other:
        yield place
