"""A task is one name in five places; no mapping file says so, these tests do."""

import json
from pathlib import Path

import pytest

from infra import http_api, rights
from infra.names import pascal
from infra.settings import ConfigurationError
from infra.state_machine import OUTSIDE_THE_MACHINE, placeholders, states, substitution, task_folders
from tests.infra.assembly import Assembly

ROOT = Path(__file__).resolve().parents[2]
ASL = (ROOT / "statemachines" / "agent.asl.json").read_text()
TOOL_STATES = {"InvokeTool", "InvokeFallback"}


def folders(below: str) -> set[str]:
    """Names of the folders that hold a handler."""
    return {path.parent.name for path in (ROOT / "lambdas" / below).glob("*/handler.py")}


def test_task_folders_states_and_placeholders_are_the_same_set() -> None:
    """Folder `screen_proposal` = state `ScreenProposal` = `${ScreenProposalFunctionArn}`."""
    tasks = folders("tasks") - OUTSIDE_THE_MACHINE
    task_states = {name for name, state in states(json.loads(ASL)) if state["Type"] == "Task"}
    assert {pascal(folder) for folder in tasks} == task_states - TOOL_STATES
    assert {substitution(folder) for folder in tasks} == placeholders(ASL)


def test_every_task_folder_has_a_row_of_rights_and_no_row_is_left_over() -> None:
    """A task without a row would not be built; a row without a task would hide a stale right."""
    assert folders("tasks") == set(rights.TASKS)


def test_every_api_folder_has_routes_and_rights() -> None:
    """A concern is a folder, a row of rights and at least one route."""
    assert folders("api") == set(rights.API) == set(http_api.ROUTES)


def test_every_construct_of_a_task_bears_the_name_of_its_state(dev: Assembly) -> None:
    """Construct ids, as the tree that CDK writes shows them, are the states' names."""
    tree = json.loads((dev.folder / "tree.json").read_text())["tree"]
    tasks = tree["children"]["Tollgate"]["children"]["Tasks"]["children"]
    assert set(tasks) == {pascal(folder) for folder in folders("tasks")}


def test_every_substitution_of_the_machine_is_the_function_of_its_name(dev: Assembly) -> None:
    """`${ReasonFunctionArn}` becomes the ARN of the function built from `lambdas/tasks/reason`."""
    [machine] = dev.of("AWS::StepFunctions::StateMachine")
    resources = dev.root["Resources"]
    built = {
        name: resources[arn.strip("<>").removesuffix(".Arn")]["Properties"]["FunctionName"]
        for name, arn in machine["DefinitionSubstitutions"].items()
    }
    assert built == {
        substitution(folder): f"tollgate-dev-task-{folder.replace('_', '-')}"
        for folder in folders("tasks") - OUTSIDE_THE_MACHINE
    }


def test_placeholder_without_a_folder_is_refused(tmp_path: Path) -> None:
    """A state whose task does not exist stops the synth with the placeholder's name."""
    (tmp_path / "settle_execution").mkdir()
    with pytest.raises(ConfigurationError, match=r"\$\{AFunctionArn\}, but .* has no folder"):
        task_folders(tmp_path, "${AFunctionArn}")


def test_folder_without_a_placeholder_is_refused(tmp_path: Path) -> None:
    """A task that no state starts stops the synth with the folder's name."""
    (tmp_path / "orphan").mkdir()
    with pytest.raises(ConfigurationError, match=r"orphan is no task of agent\.asl\.json"):
        task_folders(tmp_path, "{}")
