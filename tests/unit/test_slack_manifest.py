"""The Slack app's manifest: Slack's own bounds, exactly the scopes that the code needs, and the route that exists."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tollgate.api.routes import ROUTES
from tollgate.slack.client import POST_UNINVITED, SCOPES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "slack-app-manifest.yaml").read_text("utf-8"))
    return found


def test_scopes_are_those_of_the_methods_that_are_called(manifest: dict[str, Any]) -> None:
    """A scope too few breaks a card, one too many is a right that nobody asked for."""
    needed = {scope for scope in SCOPES.values() if scope} | {POST_UNINVITED}
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed


def test_every_method_that_the_client_calls_has_its_scope_named() -> None:
    """Read from the client's own source: a new method without a line here is found."""
    source = (ROOT / "layers" / "runtime" / "python" / "tollgate" / "slack" / "client.py").read_text("utf-8")
    called = {word for word in source.replace('"', " ").split() if word.count(".") >= 1 and word in _SLACKS_METHODS}
    assert called == set(SCOPES)


_SLACKS_METHODS = {
    "auth.test", "chat.delete", "chat.postEphemeral", "chat.postMessage", "chat.update", "conversations.open",
    "usergroups.list", "usergroups.users.list", "users.info", "users.lookupByEmail", "views.open", "views.update",
}  # fmt: skip


def test_clicks_come_to_the_route_of_the_gate(manifest: dict[str, Any]) -> None:
    """`POST /v1/slack/interactions`, over https, and not over a socket."""
    interactivity = manifest["settings"]["interactivity"]
    assert interactivity["is_enabled"] is True
    path = interactivity["request_url"].removeprefix("https://YOUR-API")
    assert f"POST {path}" in ROUTES["gate"]
    assert manifest["settings"]["socket_mode_enabled"] is False
    assert manifest["settings"]["token_rotation_enabled"] is False, "nothing here rotates a token"


def test_texts_keep_to_slacks_bounds(manifest: dict[str, Any]) -> None:
    """Name 35, description 140, bot's name 80: https://docs.slack.dev/reference/app-manifest."""
    shown = manifest["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80
    known = {"_metadata", "display_information", "features", "oauth_config", "settings"}
    assert set(manifest) == known
