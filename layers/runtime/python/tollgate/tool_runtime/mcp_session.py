"""One conversation with an MCP server: connect, find the tool, and call it if it is still the pinned one.

Imported when an MCP tool is called and never before, see `mcp_transport`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, Tool

from tollgate.errors import ToolUnavailableError
from tollgate.tool_runtime.http_exchange import AnswerTooLargeError
from tollgate.tool_runtime.mcp_pin import pinned
from tollgate.tool_runtime.mcp_transport import PinnedTransport

PAGES = 50
"""Pages of a tool list that are read; a list without end is not."""


@asynccontextmanager
async def connected(url: str, transport: PinnedTransport) -> AsyncIterator[Client]:
    """A client that has shaken hands; it offers the server nothing (no sampling, no roots, no elicitation)."""
    timeout = httpx2.Timeout(5.0, read=None)  # the call's own time bounds it
    async with (
        httpx2.AsyncClient(transport=transport, timeout=timeout, trust_env=False, follow_redirects=False) as http,
        # The transport bounds every answer; the package's own bound for streamed ones is a tenth of that.
        Client(streamable_http_client(url, http_client=http, max_sse_event_size=None)) as client,
    ):
        yield client


async def described(client: Client, name: str) -> Tool:
    """The tool as the server lists it. Raises `ToolUnavailableError` that names the tools there are."""
    names, cursor = [], None
    for _ in range(PAGES):
        page = await client.list_tools(cursor=cursor)
        for tool in page.tools:
            if tool.name == name:
                return tool
            names.append(tool.name)
        cursor = page.next_cursor
        if not cursor:
            break
    raise ToolUnavailableError(f"the server has no tool {name!r}; it has: {', '.join(names[:20]) or 'none'}")


class Conversation:
    """A call in its two halves: until `sent`, nothing was started."""

    def __init__(self, url: str, hosts: list[str], secret: dict[str, str]) -> None:
        self._url = url
        self._transport = PinnedTransport(hosts, secret)
        self.sent = False

    @property
    def too_large(self) -> AnswerTooLargeError | None:
        """The error of an answer over the cap. The client tells a streamed one in other words, or not at all."""
        return self._transport.too_large

    async def call(self, name: str, digest: str, arguments: dict[str, Any]) -> CallToolResult:
        """The tool's result. Raises `ToolUnavailableError` where the tool is not the pinned one."""
        async with connected(self._url, self._transport) as client:
            found = pinned(await described(client, name))
            if found != digest:
                raise ToolUnavailableError(
                    f"the server describes {name!r} otherwise than when it was pinned (now {found}); read what changed "
                    "and pin it again with `tollgate check --pin`"
                )
            self.sent = True
            return await client.call_tool(name, arguments)


def cause(error: BaseException) -> BaseException:
    """The one error inside groups of one: task groups wrap what they let through."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error


def refused_by_server(error: BaseException) -> bool:
    """Whether the server itself answered the call with a protocol error."""
    return isinstance(error, MCPError) and error.code in (-32600, -32601, -32602)
