"""What a synth wrote, read back: templates with their intrinsics as plain text, roles by function name."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ACCOUNT = "<AWS::AccountId>"
REGION = "<AWS::Region>"


@dataclass(frozen=True)
class Statement:
    """One IAM statement with its lists as sets."""

    actions: frozenset[str]
    resources: frozenset[str]
    conditions: str


@dataclass(frozen=True)
class Assembly:
    """The folder that `cdk synth` wrote."""

    folder: Path

    @cached_property
    def templates(self) -> dict[str, dict[str, Any]]:
        return {path.name: json.loads(path.read_text()) for path in sorted(self.folder.glob("*.template.json"))}

    @property
    def root(self) -> dict[str, Any]:
        return self.templates["Tollgate.template.json"]

    @property
    def nested(self) -> dict[str, dict[str, Any]]:
        return {name: template for name, template in self.templates.items() if ".nested." in name}

    def of(self, kind: str) -> Iterator[dict[str, Any]]:
        """Properties of every resource of a type in all templates, intrinsics as text."""
        for template in self.templates.values():
            for resource in template["Resources"].values():
                if resource["Type"] == kind:
                    yield text(resource.get("Properties", {}))

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        return {function["FunctionName"]: function for function in self.of("AWS::Lambda::Function")}

    @cached_property
    def statements(self) -> dict[str, list[Statement]]:
        """Function name -> its role's statements."""
        found = {}
        for template in self.templates.values():
            roles = {key: value for key, value in template["Resources"].items() if value["Type"] == "AWS::IAM::Role"}
            for resource in template["Resources"].values():
                if resource["Type"] == "AWS::Lambda::Function":
                    role = roles[resource["Properties"]["Role"]["Fn::GetAtt"][0]]
                    found[resource["Properties"]["FunctionName"]] = statements(role)
        return found

    def allows(self, function: str, action: str) -> set[str]:
        """The resources on which the function may do this."""
        return {
            resource
            for statement in self.statements[function]
            if action in statement.actions
            for resource in statement.resources
        }

    def assets(self) -> Iterator[Path]:
        """Every file of every asset that the templates deploy; the templates themselves are not among them."""
        for manifest in self.folder.glob("*.assets.json"):
            for asset in json.loads(manifest.read_text())["files"].values():
                source = self.folder / asset["source"]["path"]
                if asset["source"]["packaging"] == "zip":
                    yield from (path for path in source.rglob("*") if path.is_file())


def statements(role: Mapping[str, Any]) -> list[Statement]:
    """The inline statements of a role; a role here has nothing else."""
    assert "ManagedPolicyArns" not in role["Properties"]
    return [
        Statement(
            actions=frozenset(_listed(statement["Action"])),
            resources=frozenset(_listed(text(statement["Resource"]))),
            conditions=json.dumps(text(statement.get("Condition", {})), sort_keys=True),
        )
        for policy in role["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def text(value: Any) -> Any:
    """The value with `Ref`, `Fn::GetAtt`, `Fn::Join` and `Fn::Sub` written out, references in angle brackets."""
    if isinstance(value, list):
        return [text(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, argument)] = value.items()
        if name == "Ref":
            return f"<{argument}>"
        if name == "Fn::GetAtt":
            return f"<{'.'.join(argument)}>"
        if name == "Fn::Join":
            return argument[0].join(text(argument[1]))
        if name == "Fn::Sub":
            return argument.replace("${", "<").replace("}", ">")
    return {name: text(item) for name, item in value.items()}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
