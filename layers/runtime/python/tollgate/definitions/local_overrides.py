"""What the environment may change on a laptop: the model and who is who in Slack. Deployed stages never come here."""

import json
import sys
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from pydantic import TypeAdapter, ValidationError

from tollgate.definitions.problem import Problem
from tollgate.models.principal import Principal

ASK_SECONDS = 2.0
_USERS = TypeAdapter(dict[str, Principal])
_USERS_EXAMPLE = '`{"U123": {"id": "ann", "tenant": "local", "kind": "person", "claims": {"roles": ["finance"]}}}`'


def overridden(settings: dict[str, Any], environ: Mapping[str, str]) -> tuple[dict[str, Any] | None, list[Problem]]:
    """The settings with `TOLLGATE_SLACK_USERS`, `TOLLGATE_MODEL` and `OPENAI_BASE_URL` applied; None without any."""
    problems: list[Problem] = []
    changed = False
    if users := environ.get("TOLLGATE_SLACK_USERS"):
        problems.extend(_set_users(settings, users))
        changed = not problems
    if model := environ.get("TOLLGATE_MODEL"):
        _set_bedrock_model(settings, model)
        changed = True
    if base_url := environ.get("OPENAI_BASE_URL"):
        problems.extend(_set_openai(settings, base_url, environ.get("OPENAI_MODEL")))
        changed = True
    return (settings if changed else None), problems


def _set_users(settings: dict[str, Any], text: str) -> list[Problem]:
    try:
        users = _USERS.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the value"
        message = f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}"
        return [Problem("TOLLGATE_SLACK_USERS", 1, 1, "", message, _USERS_EXAMPLE)]
    settings["slack"]["users"] = {name: user.model_dump(mode="json") for name, user in users.items()}
    return []


def _set_bedrock_model(settings: dict[str, Any], model: str) -> None:
    """The price stays the configured one, so that the cap in dollars still holds, and says whose it is."""
    for target in settings["models"].values():
        price = target["price"]
        if target["model"] != model:
            price = price | {"source": f"price of {target['model']}, used for {model}: {price['source']}"}
        target.update(provider="bedrock", model=model, base_url=None, price=price)


def _set_openai(settings: dict[str, Any], base_url: str, model: str | None) -> list[Problem]:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return [Problem("OPENAI_BASE_URL", 1, 1, "", f"{base_url!r} is not a URL", "http://127.0.0.1:11434/v1")]
    price = {"input": 0.0, "output": 0.0, "source": "local server; price unknown", "as_of": "unknown"}
    name = model or _first_model(base_url)
    for target in settings["models"].values():
        target.update(provider="openai", model=name, base_url=base_url, region=None, secret_id=None, price=price)
    return []


def _first_model(base_url: str) -> str:
    """The first model that the server lists; servers of one model accept any name, so `default` when it lists none."""
    request = Request(base_url.rstrip("/") + "/models", headers={"Accept": "application/json"})  # noqa: S310
    try:
        with urlopen(request, timeout=ASK_SECONDS) as response:  # noqa: S310
            return str(json.loads(response.read(1_000_000))["data"][0]["id"])
    except (URLError, OSError, ValueError, LookupError, TypeError) as error:
        note = f"note: {request.full_url} lists no model ({error}); the name `default` is used, or set OPENAI_MODEL"
        print(note, file=sys.stderr)  # noqa: T201
        return "default"
