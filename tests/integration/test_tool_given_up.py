"""Calls that the state machine gave up on: who is asked, and what is told as unknown."""

from typing import Any

import pytest
from tollgate import results
from tollgate.models.call import Call, CallState

from tests.integration.tool_world import ToolWorld, manifest, tools

__all__ = ["tools"]


def closed(tools: ToolWorld, *, fallback_for: str | None, **fields: Any) -> Call:
    """What becomes of a call whose process died in its handler for the last time."""
    tool = manifest(effect="write", sinks=[["item"]], **fields)
    held = tools.cleared(tool, fallback_for=fallback_for, call_id="c0f" if fallback_for else "c0")
    dead = held.leave_started()
    return results._close(tools.stores, dead, {tool.name: tool}, "CallUnfinishedError", give_up=False)


def test_half_done_call_that_never_repeats_waits_for_a_person(tools: ToolWorld) -> None:
    """It stays open, and screening asks about it."""
    assert closed(tools, fallback_for=None, on_retry="never").state == CallState.STARTED


@pytest.mark.parametrize(("fallback_for", "on_retry"), [("c0", "never"), ("c0", "keyed"), (None, "keyed")])
def test_other_half_done_calls_are_told_as_unknown(tools: ToolWorld, fallback_for: str | None, on_retry: str) -> None:
    """A fallback above all: the model must not read that nothing was run, and propose it again."""
    call = closed(tools, fallback_for=fallback_for, on_retry=on_retry)
    assert call.state == CallState.DONE
    assert call.result is not None
    assert "whether its effect happened is unknown" in str(call.result.message)
    assert (call.result.started, call.result.unknown) == (True, True)
