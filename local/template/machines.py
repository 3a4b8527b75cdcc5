"""Creates the state machines from the template's own definitions."""

import json
from typing import TYPE_CHECKING

from local.template.assembly import Document
from local.template.scope import Scope

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

STATE_MACHINE = "AWS::StepFunctions::StateMachine"


def create_machines(scope: Scope, client: "SFNClient") -> tuple[str, ...]:
    """The ARNs of every state machine of this template."""
    return tuple(
        _create(scope, logical_id, properties, client) for logical_id, properties in scope.of_type(STATE_MACHINE)
    )


def _create(scope: Scope, logical_id: str, properties: Document, client: "SFNClient") -> str:
    created = client.create_state_machine(
        name=scope.name_of(logical_id),
        definition=_definition(scope, properties),
        roleArn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
    )
    # Functions and rights name the machine by the ARN that its name implies.
    assert created["stateMachineArn"] == scope.ref(logical_id), created["stateMachineArn"]
    return created["stateMachineArn"]


def _definition(scope: Scope, properties: Document) -> str:
    if "DefinitionString" in properties:
        text = str(properties["DefinitionString"])
    elif "DefinitionS3Location" in properties:
        text = scope.assembly.asset(properties["DefinitionS3Location"]["Key"]).read_text("utf-8")
    else:
        text = json.dumps(properties["Definition"])
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    return text
