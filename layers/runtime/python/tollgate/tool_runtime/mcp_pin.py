"""What is pinned of an MCP server's tool: its name, description and schemas, as one digest."""

from typing import Any, Protocol

from tollgate.canonical import digest


class Described(Protocol):
    """A tool as an MCP server lists it."""

    name: str
    description: str | None
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None


def pinned(tool: Described) -> str:
    """`sha256:<hex>`; any change of what the server says about the tool is another digest."""
    return digest([tool.name, tool.description or "", tool.input_schema, tool.output_schema])
