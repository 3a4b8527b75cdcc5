"""The journal's first record: whether the request was let in, and what holds for it until its end."""

from typing import Any

from tollgate.definitions.registry import AgentEntry

RECORD = "000000#00#admission"


def in_force(entry: AgentEntry) -> dict[str, Any]:
    """What a later deployment does not change for this execution: the agent's digest and its personal fields."""
    agent = entry.definition
    return {"agent_digest": entry.digest, "personal_fields": agent.personal_fields, "tools": agent.tools}
