"""Tool-use ids on the wire: unique over the conversation, results with their own calls."""

import re

from hypothesis import given
from hypothesis import strategies as st
from tollgate.model.wire_ids import with_unique_ids
from tollgate.models.message import Message, TextBlock, ToolResultBlock, ToolUseBlock


def turn(*ids: str) -> list[Message]:
    """A turn of calls with these ids, and their results in the same order."""
    uses = [ToolUseBlock(tool_use_id=each, name="t", arguments={"n": n}) for n, each in enumerate(ids)]
    results = [ToolResultBlock(tool_use_id=each, text=str(n)) for n, each in enumerate(ids)]
    return [Message(role="assistant", content=list(uses)), Message(role="user", content=list(results))]


def ids_of(messages: list[Message]) -> tuple[list[str], list[str]]:
    blocks = [block for message in messages for block in message.content]
    uses = [block.tool_use_id for block in blocks if isinstance(block, ToolUseBlock)]
    return uses, [block.tool_use_id for block in blocks if isinstance(block, ToolResultBlock)]


def test_good_ids_do_not_change() -> None:
    """The provider's own ids come back to it."""
    conversation = [Message(role="user", content=[TextBlock(text="go")]), *turn("tooluse_a", "tooluse_b"), *turn("c")]
    assert with_unique_ids(conversation) == conversation


def test_ids_that_begin_anew_each_turn_become_unique() -> None:
    """Some servers call every turn's first call `call_0`; the next provider refuses the conversation."""
    uses, results = ids_of(with_unique_ids([*turn("call_0"), *turn("call_0")]))
    assert uses == results == ["call_0", "call_0-2"]


def test_repeated_id_in_one_turn_keeps_results_in_order() -> None:
    """The n-th result of an id answers the n-th call of it."""
    uses, results = ids_of(with_unique_ids(turn("x", "x", "y")))
    assert uses == results == ["x", "x-2", "y"]


def test_result_without_a_call_keeps_its_id() -> None:
    """It is the provider's to refuse, not ours to attach to some other call."""
    orphan = Message(role="user", content=[ToolResultBlock(tool_use_id="gone", text="")])
    assert with_unique_ids([orphan]) == [orphan]


@given(st.lists(st.lists(st.text(max_size=70), min_size=1, max_size=4), max_size=4))
def test_any_ids_become_unique_well_formed_and_paired(conversation: list[list[str]]) -> None:
    """Whatever a model calls its calls, the next request is one that providers accept."""
    uses, results = ids_of(with_unique_ids([message for ids in conversation for message in turn(*ids)]))
    assert uses == results
    assert len(set(uses)) == len(uses)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", each) for each in uses)
