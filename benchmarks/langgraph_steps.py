"""The peer: the same loop in LangGraph, checkpointed to SQLite. Runs in an environment of its own, alone.

Reads lines; answers each with the seconds of one run, as JSON. Imports nothing of this project.
"""

import json
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver  # type: ignore[import-not-found, unused-ignore]
from langgraph.graph import END, START, StateGraph  # type: ignore[import-not-found, unused-ignore]
from langgraph.graph.message import add_messages  # type: ignore[import-not-found, unused-ignore]


class State(TypedDict):
    messages: Annotated[list[Any], add_messages]


def build(steps: int, saver: Any) -> Any:
    """Model node and tool node in turns, `steps` times, then one more model node that answers."""

    def model(state: State) -> dict[str, Any]:
        number = sum(message.type == "tool" for message in state["messages"])
        if number == steps:
            return {"messages": [{"role": "assistant", "content": '{"status": "done"}'}]}
        call = {"id": f"call_{number}", "name": "look_up", "args": {"number": number}}
        return {"messages": [{"role": "assistant", "content": "", "tool_calls": [call]}]}

    def tool(state: State) -> dict[str, Any]:
        (call,) = state["messages"][-1].tool_calls
        entry = {"number": call["args"]["number"], "text": f"entry {call['args']['number']}"}
        return {"messages": [{"role": "tool", "tool_call_id": call["id"], "content": json.dumps(entry)}]}

    def after_model(state: State) -> str:
        return "tool" if state["messages"][-1].tool_calls else END

    graph = StateGraph(State)
    graph.add_node("model", model)
    graph.add_node("tool", tool)
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", after_model, ["tool", END])
    graph.add_edge("tool", "model")
    return graph.compile(checkpointer=saver)


def main() -> None:
    """One run per line of standard input, until it ends."""
    steps = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder, SqliteSaver.from_conn_string(str(Path(folder) / "runs.db")) as saver:
        graph = build(steps, saver)
        for _ in sys.stdin:
            config = {"configurable": {"thread_id": uuid.uuid4().hex}, "recursion_limit": 2 * steps + 5}
            task = {"messages": [{"role": "user", "content": "Look the entries up."}]}
            started = time.perf_counter()
            end = graph.invoke(task, config, durability="sync")
            seconds = time.perf_counter() - started
            if len(end["messages"]) != 2 * steps + 2:
                raise SystemExit(f"{len(end['messages'])} messages after {steps} steps")
            print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
