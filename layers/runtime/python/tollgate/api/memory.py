"""Reading, searching and forgetting what a tenant's agents remember. For admins: it tells of others' requests."""

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tollgate.api import page
from tollgate.clock import iso
from tollgate.errors import ForbiddenError, InvalidError
from tollgate.memory.recall import LOOKED_AT, most_similar
from tollgate.models.episode import Episode
from tollgate.models.principal import Principal
from tollgate.store.stores import Stores

ADMIN = "admin"
QUERY_CHARACTERS = 2_000
Query = dict[str, str]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Memories:
    """The memory routes; one per function."""

    stores: Stores

    def page_of(self, principal: Principal, query: Query) -> dict[str, Any]:
        """Of one agent newest first, or with `query` the most similar first, on one page and with scores."""
        _may(principal)
        agent, limit = query.get("agent"), page.limit_of(query.get("limit"))
        if "query" in query:
            return self._similar(principal, agent, query["query"], limit)
        before = page.decode(principal.tenant, query.get("cursor"))
        found, key = self.stores.memory.page(principal.tenant, agent=agent, limit=limit, before=before)
        return {"items": [_view(episode) for episode in found], "cursor": page.encode(principal.tenant, key)}

    def get(self, principal: Principal, memory_id: str) -> dict[str, Any]:
        """One episode. Raises `ForbiddenError`, `NotFoundError`."""
        _may(principal)
        return _view(self.stores.memory.get(principal.tenant, unquote(memory_id)))

    def forget(self, principal: Principal, memory_id: str) -> dict[str, Any]:
        """Removes it for good; from here on nobody recalls it. Raises `ForbiddenError`, `NotFoundError`."""
        _may(principal)
        name = unquote(memory_id)
        self.stores.memory.forget(principal.tenant, name)
        logger.info("memory forgotten: %s of tenant %s, by %s", name, principal.tenant, principal.id)
        return {"memory_id": name, "forgotten": True}

    def _similar(self, principal: Principal, agent: str | None, text: str, limit: int) -> dict[str, Any]:
        if not agent:
            raise InvalidError("name the agent whose memory is searched", [_violation("agent", "name one agent")])
        if len(text) > QUERY_CHARACTERS:
            message = f"at most {QUERY_CHARACTERS} characters"
            raise InvalidError(f"query parameter query: {message}", [_violation("query", message)])
        known = self.stores.memory.newest(principal.tenant, agent, LOOKED_AT)
        found = most_similar(text, known, limit)
        return {"items": [_view(episode) | {"score": round(score, 3)} for episode, score in found], "cursor": None}


def _may(principal: Principal) -> None:
    if not principal.has("roles", ADMIN):
        raise ForbiddenError(f"{principal.id} lacks the claim `roles: {ADMIN}`, which memory needs")


def _violation(name: str, message: str) -> dict[str, str]:
    return {"pointer": f"/{name}", "message": message}


def _view(episode: Episode) -> dict[str, Any]:
    times = {"created_at": iso(episode.created_at), "expires_at": iso(episode.expires_at)}
    return episode.model_dump(exclude={"tenant"}) | times
