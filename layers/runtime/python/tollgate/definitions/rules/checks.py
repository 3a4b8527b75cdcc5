"""Each kind of check has the fields that it needs and no others, and an address that it can be asked at."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tollgate.definitions.load import AgentFile
from tollgate.definitions.problem import Problem
from tollgate.definitions.rules.kinds import HEADER, OWN_HEADERS
from tollgate.models.check import Check
from tollgate.screening.formats import url as urls

FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "bedrock_guardrail": (("guardrail", "version"), ("region",)),
    "guardrails_ai": (("url", "guard"), ("secret",)),
    "nemo": (("url", "config"), ("secret",)),
    "http": (("url",), ("secret",)),
}
"""Kind -> required and optional fields, beside those that every kind has."""

_SPECIAL = sorted({name for pair in FIELDS.values() for group in pair for name in group})
_EXAMPLES = {
    "url": "`url: https://guards.example.com`",
    "guard": "`guard: ` and the guard's id on the server",
    "config": "`config: ` and the configuration's id on the server",
    "guardrail": "`guardrail: gr4x7abcdefg`",
    "version": '`version: "1"`',
}
_GUARDRAIL = re.compile(r"[a-z0-9]+|arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+")
"""Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html"""
_VERSION = re.compile(r"[1-9][0-9]{0,7}|DRAFT")


def problems(agent: AgentFile) -> Iterator[Problem]:
    """Everything about the agent's checks, and about the hosts that its answer may link."""
    names: set[str] = set()
    for index, check in enumerate(agent.definition.checks):
        at = f"/checks/{index}"
        if check.name in names:
            yield agent.source.problem(f"{at}/name", f"there are two checks `{check.name}`", "a name of its own")
        names.add(check.name)
        yield from _fields(agent, at, check)
        yield from _stages(agent, at, check)
        yield from _url(agent, at, check)
        yield from _guardrail(agent, at, check)
        yield from _secret(agent, at, check)
    for index, host in enumerate(agent.definition.answer.hosts):
        if urls.canonical(host) != f"https://{host}/":
            message = f"`{host}` is not a host's name in lower case: no scheme, path or user"
            yield agent.source.problem(f"/answer/hosts/{index}", message, "`docs.example.com`")


def _fields(agent: AgentFile, at: str, check: Check) -> Iterator[Problem]:
    required, optional = FIELDS[check.kind]
    for name in required:
        if not getattr(check, name):
            yield agent.source.problem(f"{at}/{name}", f"a check of kind {check.kind} needs `{name}`", _EXAMPLES[name])
    for name in _SPECIAL:
        if getattr(check, name) is not None and name not in (*required, *optional):
            message = f"`{name}` means nothing for kind {check.kind}"
            yield agent.source.problem(f"{at}/{name}", message, f"no `{name}`, or another kind")


def _stages(agent: AgentFile, at: str, check: Check) -> Iterator[Problem]:
    if len(set(check.at)) != len(check.at):
        yield agent.source.problem(f"{at}/at", "a stage is named twice", "each of request, call, answer once")
    asking = [name for name in ("on_intervention", "on_error") if getattr(check, name) == "ask"]
    if check.at == ["answer"] and asking:
        message = f"`{asking[0]}: ask`, but nobody is asked about an answer: it is refused"
        yield agent.source.problem(f"{at}/{asking[0]}", message, f"`{asking[0]}: refuse`", "warning")


def _url(agent: AgentFile, at: str, check: Check) -> Iterator[Problem]:
    if check.url is None:
        return
    example = _EXAMPLES["url"]
    try:
        parts = urlsplit(check.url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        yield agent.source.problem(f"{at}/url", f"`{check.url}` is not a URL ({error})", example)
        return
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.fragment:
        message = f"`{check.url}` is not an http or https address without a user and a fragment"
        yield agent.source.problem(f"{at}/url", message, example)
    elif parts.query and check.kind != "http":
        yield agent.source.problem(f"{at}/url", "the server's root has no query", example)
    elif parts.scheme == "http" and not _is_loopback(host):
        message = f"`{check.url}`: what is checked, and the verdict, travel unencrypted"
        yield agent.source.problem(f"{at}/url", message, "`https://...`", "warning")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _guardrail(agent: AgentFile, at: str, check: Check) -> Iterator[Problem]:
    for name, shape in (("guardrail", _GUARDRAIL), ("version", _VERSION)):
        value = getattr(check, name)
        if value and not shape.fullmatch(value):
            yield agent.source.problem(f"{at}/{name}", f"`{value}` is not a guardrail's {name}", _EXAMPLES[name])


def _secret(agent: AgentFile, at: str, check: Check) -> Iterator[Problem]:
    secret = check.secret
    if secret and (not HEADER.fullmatch(secret.header) or secret.header.lower() in OWN_HEADERS):
        message = f"a secret cannot be sent as the header `{secret.header}`"
        yield agent.source.problem(f"{at}/secret/header", message, "`Authorization`, or the header the server asks for")
    if secret and not (secret.prefix.isascii() and (not secret.prefix or secret.prefix.isprintable())):
        yield agent.source.problem(f"{at}/secret/prefix", "the prefix has characters that no header may", "`Bearer `")
