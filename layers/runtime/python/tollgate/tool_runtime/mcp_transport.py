"""HTTP under the MCP client: every request to a listed host at its pinned address, every answer read up to the cap.

Imported when an MCP tool is called and never before: the package `mcp` costs every cold start more than a second.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2

from tollgate.tool_runtime.addresses import Destination, destination
from tollgate.tool_runtime.http_exchange import AnswerTooLargeError
from tollgate.tool_runtime.output import MAX_BYTES


class PinnedTransport(httpx2.AsyncBaseTransport):
    """Looks each origin up once in its life, and sends no header of the tool's to another origin than the first."""

    def __init__(self, hosts: list[str], secret: dict[str, str]) -> None:
        self._hosts = hosts
        self._secret = secret
        self._known: dict[tuple[str, str, int | None], Destination] = {}
        self._inner = httpx2.AsyncHTTPTransport(trust_env=False, retries=0)
        self.too_large: AnswerTooLargeError | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request. Raises `DestinationRefusedError` before anything is sent.

        After an answer over the cap there is no other: a client that resumes a broken stream would ask for it again.
        """
        if self.too_large:
            raise self.too_large
        url = request.url
        key = (url.scheme, url.host, url.port)
        if key not in self._known:
            self._known[key] = destination(str(url), self._hosts)
        to = self._known[key]
        request.headers["Host"] = to.authority
        request.headers["Accept-Encoding"] = "identity"
        if to is next(iter(self._known.values())):
            request.headers.update(self._secret)
        request.url = url.copy_with(host=to.address)
        request.extensions = {**request.extensions, "sni_hostname": to.host}
        response = await self._inner.handle_async_request(request)
        response.stream = _Capped(response.stream, self._overflowed)
        return response

    def _overflowed(self) -> AnswerTooLargeError:
        self.too_large = AnswerTooLargeError(f"the server answered with more than {MAX_BYTES:,} bytes")
        return self.too_large

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Capped(httpx2.AsyncByteStream):
    """A body that ends in an error once it is larger than the cap."""

    def __init__(self, stream: Any, overflowed: Callable[[], AnswerTooLargeError]) -> None:
        self._stream = stream
        self._overflowed = overflowed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > MAX_BYTES:
                raise self._overflowed()
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
