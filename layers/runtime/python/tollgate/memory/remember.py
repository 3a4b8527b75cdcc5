"""A completed execution leaves one episode, however often its last task is retried, and nothing that must not last."""

import logging
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tollgate.conversation import Turn
from tollgate.memory.brief import episode_of
from tollgate.models.agent import Agent
from tollgate.models.execution import Execution
from tollgate.redaction.of_execution import redactor_of
from tollgate.store.stores import Stores

logger = logging.getLogger(__name__)


def remember(stores: Stores, agent: Agent, execution: Execution, history: list[Turn], answer: Any) -> dict[str, str]:
    """Writes the episode, if the agent has a memory; what the trace shall say about it.

    None of a replay, which repeats another execution, and none of a request that admission flagged: what may be an
    attack is no example. A table that does not take it costs the episode, never the finished execution.
    """
    if not agent.memory.episodes or execution.replay or execution.untrusted:
        return {}
    redactor = redactor_of(stores.journal, execution.execution_id)
    episode = episode_of(agent, execution, history, answer, redactor)
    try:
        stores.memory.add(episode)
    except (ClientError, BotoCoreError) as error:
        logger.warning("the episode could not be written", exc_info=error)
        return {"memory_error": f"{type(error).__name__}: the episode could not be written"}
    return {"memory_id": episode.memory_id}
