"""Tools of the kinds `http` and `mcp` on the whole stack, each in its own function, against real servers."""

import json
from typing import Any

import pytest

from tests.workflow.own_process import told_by

Report = dict[str, Any]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What the model read and the servers saw."""
    return told_by("kinds_program", tmp_path_factory.mktemp("kinds"), seconds=200)


def test_http_tool_answers(report: Report) -> None:
    """The argument reached the server in the path, and the answer reached the model."""
    assert report["http"] == ["/orders/7"]
    assert json.loads(report["told"]["get_order"]) == {"order": 7}


def test_redirect_to_metadata_is_told_and_not_followed(report: Report) -> None:
    """The host of a redirect is checked in the function as in the unit."""
    assert "'169.254.169.254' is not in the tool's hosts" in report["told"]["get_moved"]


def test_server_that_is_not_there_is_told_as_not_started(report: Report) -> None:
    """Nobody listens."""
    assert "ToolUnavailableError" in report["told"]["get_hidden"]


def test_mcp_tool_answers(report: Report) -> None:
    """Called once, as pinned."""
    assert report["mcp"] == ["order 7"]
    assert json.loads(report["told"]["mcp_order"])["number"] == 7


def test_mcp_tool_that_is_not_the_pinned_one_is_not_called(report: Report) -> None:
    """The model reads why; the server saw no call."""
    assert "pin it again" in report["told"]["mcp_changed"]


def test_existing_function_gets_the_arguments_alone_and_may_answer_at_length(report: Report) -> None:
    """Its event is what the model proposed; its answer over the state machine's 256 KiB is kept, and shown cut."""
    told = report["told"]["old_orders"]
    value, _ = json.JSONDecoder().raw_decode(told)
    assert value["event"] == {"number": 7}
    assert "of 20000 items cut" in told
    assert "read_artifact" in told


def test_function_that_is_nowhere_is_told_as_not_started(report: Report) -> None:
    """The error names the function and what was asked."""
    told = json.loads(report["told"]["old_gone"])
    assert told["error"] == "ToolUnavailableError"
    assert "function:gone was not started" in told["message"]
