"""Kind `mcp`: one tool of somebody else's MCP server, by streamable HTTP, as long as it is the tool that was pinned."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tollgate.errors import FinalError, ToolUnavailableError
from tollgate.models.tool import Tool
from tollgate.tool_runtime.addresses import DestinationRefusedError
from tollgate.tool_runtime.mcp_result import McpToolError, value_of
from tollgate.tool_runtime.runner import answer_lost
from tollgate.tool_runtime.time_limit import CallTimedOut
from tollgate.tool_runtime.tool_call import ToolCall
from tollgate.tool_runtime.tool_secret import tool_secret

if TYPE_CHECKING:
    from tollgate.tool_runtime.mcp_session import Conversation

CLOSING_SECONDS = 0.3
"""Before the alarm, so that the connection is closed in good order."""


class McpRunner:
    """Connects for each call: a tool function may live for hours, a server's session need not."""

    def __init__(self, manifest: Tool) -> None:
        self._manifest = manifest

    def run(self, arguments: dict[str, Any], call: ToolCall) -> Any:
        """The result as a JSON value. Before the call was sent every failure is `ToolUnavailableError`."""
        from tollgate.tool_runtime.mcp_session import Conversation, cause

        secret = tool_secret(self._manifest.secret)
        talk = Conversation(self._manifest.url or "", self._manifest.hosts, secret.headers)
        try:
            result = asyncio.run(self._bounded(talk, arguments, call))
        except (Exception, BaseExceptionGroup) as error:
            raise self._mapped(cause(error), talk) from error
        text = json.dumps(result).encode()
        return value_of(json.loads(secret.blacked_out(text)))

    def verify(self, arguments: dict[str, Any], call: ToolCall) -> Any | None:
        raise FinalError("an mcp tool has no verify; use on_retry never")

    async def _bounded(self, talk: "Conversation", arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
        tool, digest = self._manifest.tool or "", self._manifest.digest or ""
        async with asyncio.timeout(max(0.1, call.remaining_seconds() - CLOSING_SECONDS)):
            result = await talk.call(tool, digest, arguments)
        dumped: dict[str, Any] = result.model_dump(by_alias=True, mode="json", exclude_none=True)
        return dumped

    def _mapped(self, error: BaseException, talk: "Conversation") -> BaseException:
        """What the wrapper should know of a failed conversation."""
        from tollgate.tool_runtime.mcp_session import refused_by_server

        if isinstance(error, TimeoutError):
            return CallTimedOut()
        if isinstance(error, ToolUnavailableError):
            return error
        if talk.too_large and talk.sent:
            return talk.too_large
        words = f"{self._manifest.url}: {type(error).__name__}: {error}"
        if isinstance(error, DestinationRefusedError) or not talk.sent:
            return ToolUnavailableError(words)
        if refused_by_server(error):
            return McpToolError(str(error))
        return answer_lost(self._manifest, words)
