"""The digest to pin of a tool as its server describes it now. For the command line; no function calls it."""

import asyncio

from tollgate.errors import FinalError, UnreachableError
from tollgate.models.tool import Tool
from tollgate.tool_runtime.mcp_pin import pinned
from tollgate.tool_runtime.mcp_session import cause, connected, described
from tollgate.tool_runtime.mcp_transport import PinnedTransport
from tollgate.tool_runtime.tool_secret import tool_secret

SECONDS = 30.0


def pin_digest(manifest: Tool) -> str:
    """`sha256:<hex>` for the manifest's `digest`. Raises `UnreachableError`, or what else keeps the tool from use."""
    try:
        return asyncio.run(_look(manifest))
    except (Exception, BaseExceptionGroup) as error:
        found = cause(error)
        if isinstance(found, FinalError):
            raise found from error
        raise UnreachableError(
            f"{manifest.url} could not be asked ({type(found).__name__}: {found}); is the server up, and `url` right?"
        ) from error


async def _look(manifest: Tool) -> str:
    async with asyncio.timeout(SECONDS):
        transport = PinnedTransport(manifest.hosts, tool_secret(manifest.secret).headers)
        async with connected(manifest.url or "", transport) as client:
            return pinned(await described(client, manifest.tool or ""))
