"""The most similar earlier executions of the same tenant and agent, found once and from then on read from the journal.

What comes back is text like a document's: it was written by a model about requests from outside. It vouches for no
argument, because evidence knows instructions and tools' records alone. Going on without it loses no check, so a table
that does not answer stops nothing; the record says that it did not.
"""

import logging
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from tollgate.memory.brief import request_in_brief
from tollgate.memory.similarity import scores
from tollgate.models.agent import Agent
from tollgate.models.episode import Episode
from tollgate.models.execution import Execution
from tollgate.models.record import Record
from tollgate.store.stores import Stores

RECORD = "000000#02#recall"
LOOKED_AT = 200
"""Episodes that a request is compared with, the newest of them: one page of the table."""

logger = logging.getLogger(__name__)


def recall(stores: Stores, agent: Agent, execution: Execution, records: Iterable[Record]) -> list[Episode]:
    """At most `memory.episodes`, the most similar first; the same ones at every step, retry and redrive.

    `records` are the execution's, as the task read them.
    """
    if not agent.memory.episodes:
        return []
    record = next((record for record in records if record.record == RECORD), None)
    if record is None:
        body = _found(stores, agent, execution)
        record = stores.journal.write(execution.execution_id, RECORD, "recall", body, step=0)
    return [Episode.model_validate(found["episode"]) for found in record.body["recalled"]]


def most_similar(text: str, episodes: list[Episode], most: int) -> list[tuple[Episode, float]]:
    """Those that share a word with the text, with their scores; of equal ones the newer first."""
    scored = zip(episodes, scores(text, [episode.request for episode in episodes]), strict=True)
    alike = [(episode, score) for episode, score in scored if score > 0]
    newest_first = sorted(alike, key=lambda pair: pair[0].memory_id, reverse=True)
    return sorted(newest_first, key=lambda pair: pair[1], reverse=True)[:most]


def _found(stores: Stores, agent: Agent, execution: Execution) -> dict[str, Any]:
    try:
        known = stores.memory.newest(execution.tenant, execution.agent, LOOKED_AT)
    except (ClientError, BotoCoreError, ValidationError, ValueError, KeyError) as error:
        logger.warning("memory could not be read; going on without it", exc_info=error)
        return {"looked_at": 0, "recalled": [], "error": f"{type(error).__name__}: memory could not be read"}
    found = most_similar(request_in_brief(agent, execution.input), known, agent.memory.episodes or 0)
    recalled = [{"score": round(score, 3), "episode": episode.model_dump()} for episode, score in found]
    return {"looked_at": len(known), "recalled": recalled}
