"""The agent's state machine: the ASL file as it stands, with the functions' ARNs put in."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.acknowledgements import acknowledge, acknowledge_wildcards
from infra.function import closed
from infra.names import Names, pascal
from infra.settings import ConfigurationError

OUTSIDE_THE_MACHINE = frozenset({"settle_execution", "notify_approval", "notify_budget"})
"""Task folders that are no state: one runs when the machine no longer can, the others tell people something."""

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_BETWEEN_LAMBDA_AND_STATE_SECONDS = 15
_DEFAULT_TIMEOUT_SECONDS = 60


class AgentMachine(Construct):
    """A Standard machine that may invoke its tasks and the tools, and nothing else."""

    def __init__(
        self, scope: Construct, id: str, *, names: Names, asl: str, tasks: Mapping[str, lambda_.IFunction]
    ) -> None:
        super().__init__(scope, id)
        invoke = iam.PolicyStatement(
            actions=["lambda:InvokeFunction"],
            resources=[*(task.function_arn for task in tasks.values()), names.tool_function_arns],
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            description="Invokes the tasks of the machine and the tools of this prefix",
            inline_policies={"Invoke": iam.PolicyDocument(statements=[invoke])},
        )
        acknowledge_wildcards(role, [invoke])
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=names.machine,
            definition_body=sfn.DefinitionBody.from_string(asl),
            definition_substitutions={substitution(folder): task.function_arn for folder, task in tasks.items()},
            role=closed(role),
        )
        acknowledge(self.machine, "AwsSolutions-SF1", "The 90-day execution history and the journal are the record.")
        acknowledge(self.machine, "AwsSolutions-SF2", "Traces are built from the journal and exported, not sampled.")


def substitution(folder: str) -> str:
    """The placeholder of a task folder: `reason` -> `ReasonFunctionArn`."""
    return f"{pascal(folder)}FunctionArn"


def placeholders(asl: str) -> set[str]:
    """The names between `${` and `}` in the definition."""
    return set(_PLACEHOLDER.findall(asl))


def task_folders(folder: Path, asl: str) -> list[str]:
    """The folders that hold the machine's tasks and those beside it.

    Raises `ConfigurationError` if a placeholder has no folder, or a folder no placeholder.
    """
    found = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(("_", ".")))
    states = {substitution(name): name for name in found if name not in OUTSIDE_THE_MACHINE}
    for name in sorted(placeholders(asl) - states.keys()):
        raise ConfigurationError(f"agent.asl.json names ${{{name}}}, but {folder} has no folder for it")
    for name in sorted(states.keys() - placeholders(asl)):
        raise ConfigurationError(f"{folder / states[name]} is no task of agent.asl.json: it names no ${{{name}}}")
    return found


def lambda_timeouts(asl: str) -> dict[str, int]:
    """State -> seconds for its function: shorter than the state, so that the function's own error is what arrives."""
    return {
        name: state.get("TimeoutSeconds", _DEFAULT_TIMEOUT_SECONDS + _BETWEEN_LAMBDA_AND_STATE_SECONDS)
        - _BETWEEN_LAMBDA_AND_STATE_SECONDS
        for name, state in states(json.loads(asl))
        if state["Type"] == "Task"
    }


def states(definition: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state by name, the ones inside Map states too."""
    for name, state in definition["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])
