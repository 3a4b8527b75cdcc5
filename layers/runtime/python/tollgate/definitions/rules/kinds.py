"""Each kind of tool has the fields that it needs and no others."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tollgate.definitions.examples import line_for
from tollgate.definitions.load import ToolFile
from tollgate.definitions.nearest import suggestion
from tollgate.definitions.problem import Problem
from tollgate.definitions.rules.arguments import Arguments
from tollgate.definitions.rules.permissions import PLACEHOLDERS, unknown_placeholders

FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "lambda": ((), ()),
    "function_arn": (("function_arn",), ()),
    "http": (("operation", "hosts"), ("secret",)),
    "mcp": (("url", "tool", "digest", "hosts"), ("secret",)),
}
"""Kind -> required and optional fields, beside those that every kind has."""

_SPECIAL = sorted({name for pair in FIELDS.values() for group in pair for name in group})
_ARN = re.compile(
    r"arn:(aws[a-z-]*|\$\{AWS::Partition\}):lambda:([a-z0-9-]+|\$\{AWS::Region\}):(\d{12}|\$\{AWS::AccountId\})"
    r":function:([A-Za-z0-9_-]|\$\{Prefix\})+(:[A-Za-z0-9_$-]+)?"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
LOOPBACK = ("127.0.0.1", "localhost")
"""Hosts that only the local stack's tools may reach, over plain HTTP and at any port."""

_HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
OWN_HEADERS = {"host", "content-length", "transfer-encoding", "connection", "idempotency-key", "accept-encoding"}
_IN_URL = re.compile(r"\{([^{}]*)\}")
_EXAMPLES = {
    "function_arn": "`function_arn: arn:aws:lambda:eu-central-1:123456789012:function:orders`",
    "operation": "`operation: {method: GET, url: 'https://api.example.com/v1/orders/{order_id}'}`",
    "hosts": "`hosts: [api.example.com]`",
    "tool": "`tool: ` and the tool's name on the server",
    "url": "`url: https://mcp.example.com/mcp`",
    "digest": "`digest: sha256:<64 hex digits>` of the server's schema and description",
}


def problems(tool: ToolFile) -> Iterator[Problem]:
    """Missing, surplus and unfit fields of the tool's kind."""
    kind = tool.manifest.kind
    required, optional = FIELDS[kind]
    for name in required:
        if not getattr(tool.manifest, name):
            advice = _EXAMPLES.get(name, line_for(name))
            yield tool.source.problem(f"/{name}", f"a tool of kind {kind} needs `{name}`", advice)
    for name in _SPECIAL:
        if name in tool.source.value and name not in (*required, *optional):
            yield tool.source.problem(
                f"/{name}", f"`{name}` means nothing for kind {kind}", f"no `{name}`, or another kind"
            )
    yield from _function_arn(tool)
    yield from _hosts(tool)
    yield from _secret(tool)
    yield from _operation(tool)
    yield from _mcp(tool)


def _function_arn(tool: ToolFile) -> Iterator[Problem]:
    arn = tool.manifest.function_arn
    if not arn or tool.manifest.kind != "function_arn":
        return
    if unknown := unknown_placeholders(arn):
        advice = suggestion(unknown[0], PLACEHOLDERS)
        yield tool.source.problem("/function_arn", f"there is no placeholder `${{{unknown[0]}}}`", advice)
    elif not _ARN.fullmatch(arn):
        yield tool.source.problem("/function_arn", f"`{arn}` is not a function's ARN", _EXAMPLES["function_arn"])
    elif ":function:${Prefix}-" in arn:
        message = f"`{arn}` is one of Tollgate's own functions"
        yield tool.source.problem("/function_arn", message, "a function outside the stack")


def _hosts(tool: ToolFile) -> Iterator[Problem]:
    for index, host in enumerate(tool.manifest.hosts):
        if host in LOOPBACK:
            message = f"`{host}` is reached by the local stack only; a deployed function refuses it"
            advice = "the service's own host before this tool is deployed"
            yield tool.source.problem(f"/hosts/{index}", message, advice, "warning")
        elif not _HOST.fullmatch(host):
            message = f"`{host}` is not a host's name in lower case: no scheme, port, address or wildcard"
            yield tool.source.problem(f"/hosts/{index}", message, "`api.example.com`")


def _secret(tool: ToolFile) -> Iterator[Problem]:
    secret = tool.manifest.secret
    if secret and (not HEADER.fullmatch(secret.header) or secret.header.lower() in OWN_HEADERS):
        message = f"a secret cannot be sent as the header `{secret.header}`"
        yield tool.source.problem("/secret/header", message, "`Authorization`, or the header the service asks for")
    if secret and not (secret.prefix.isascii() and (secret.prefix.isprintable())):
        yield tool.source.problem("/secret/prefix", "the prefix has characters that no header may", "`Bearer `")


def _operation(tool: ToolFile) -> Iterator[Problem]:
    operation = tool.manifest.operation
    if operation is None or tool.manifest.kind != "http":
        return
    if tool.manifest.effect == "read" and operation.method not in ("GET", "HEAD"):
        message = f"`effect: read` with the method {operation.method}"
        yield tool.source.problem("/operation/method", message, "GET or HEAD, or the operation's true effect")
    yield from _url(tool, "/operation/url", operation.url)
    arguments = Arguments(tool.manifest.input_schema)
    named = [("/operation/url", name) for name in _IN_URL.findall(operation.url)]
    named += [(f"/operation/query/{index}", name) for index, name in enumerate(operation.query)]
    named += [(f"/operation/body/{index}", name) for index, name in enumerate(operation.body)]
    for pointer, name in named:
        if not arguments.has(name):
            message = f"the operation names `{name}`, which is no argument"
            yield tool.source.problem(pointer, message, arguments.instead_of(name))


def _mcp(tool: ToolFile) -> Iterator[Problem]:
    manifest = tool.manifest
    if manifest.kind != "mcp":
        return
    if manifest.url:
        yield from _url(tool, "/url", manifest.url)
    if manifest.digest and not _DIGEST.fullmatch(manifest.digest):
        yield tool.source.problem("/digest", f"`{manifest.digest}` is not a digest", _EXAMPLES["digest"])


def _url(tool: ToolFile, pointer: str, url: str) -> Iterator[Problem]:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        odd = parts.username is not None or (host not in LOOPBACK and parts.port not in (None, 443))
    except ValueError as error:
        yield tool.source.problem(pointer, f"`{url}` is not a URL ({error})", "`https://api.example.com/...`")
        return
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        yield tool.source.problem(pointer, f"`{url}` does not start with https://", "`https://...`")
    elif "{" in parts.netloc or odd:
        message = f"the host part of `{url}` has an argument, a user or a port"
        yield tool.source.problem(pointer, message, "a fixed host; arguments go into the path or the query")
    elif host not in tool.manifest.hosts:
        yield tool.source.problem(pointer, f"the host `{host}` is not in `hosts`", f"`hosts: [{host}]`")
