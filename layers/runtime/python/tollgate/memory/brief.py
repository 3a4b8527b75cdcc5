"""An execution in brief: what memory keeps of it, and what a new request is compared by. Pure and bounded."""

import json
import re
from typing import Any

from tollgate.clock import iso
from tollgate.conversation import Turn
from tollgate.detection.detect import detect
from tollgate.documents import document_fields, instruction_fields
from tollgate.models.agent import Agent
from tollgate.models.episode import Episode, EpisodeCall
from tollgate.models.execution import Execution
from tollgate.redaction.redactor import SECRETS_ALONE, Redactor

FIELD_CHARACTERS, REQUEST_CHARACTERS = 600, 2_000
LOOKED_AT = 20_000
"""Of a field: enough to see a secret whole that begins in the part that is kept."""
CALLS, ARGUMENT_CHARACTERS = 20, 240
ANSWER_CHARACTERS = 800
DAY_SECONDS = 86_400
_TAG = re.compile(r"<[^<>]{0,2000}>")


def request_in_brief(agent: Agent, input: dict[str, Any]) -> str:
    """Every field of the request by name, the beginning of its text; instructions first."""
    fields = [*instruction_fields(agent, input), *document_fields(agent, input)]
    lines = [f"{name}: {_kept(_plain(text[:LOOKED_AT]), FIELD_CHARACTERS)}" for name, text in fields]
    return _cut("\n".join(lines), REQUEST_CHARACTERS)


def episode_of(
    agent: Agent, execution: Execution, history: list[Turn], answer: Any, redactor: Redactor = SECRETS_ALONE
) -> Episode:
    """The episode of a completed execution; the same execution gives the same one. `redactor` is the execution's."""
    return Episode(
        memory_id=memory_id(execution),
        tenant=execution.tenant,
        agent=execution.agent,
        execution_id=execution.execution_id,
        request=request_in_brief(agent, redactor.value(execution.input)),
        calls=_calls(history, redactor)[-CALLS:],
        answer=_kept(_json(redactor.value(answer)), ANSWER_CHARACTERS),
        created_at=execution.created_at,
        expires_at=execution.created_at + agent.memory.keep_days * DAY_SECONDS,
    )


def memory_id(execution: Execution) -> str:
    """`<agent>:<when it began>-<execution>`: one per execution."""
    when = iso(execution.created_at)[:19].replace("-", "").replace(":", "")
    return f"{execution.agent}:{when}-{execution.execution_id.removeprefix('exe-')}"


def _calls(history: list[Turn], redactor: Redactor) -> list[EpisodeCall]:
    return [
        EpisodeCall(
            tool=use.name,
            arguments=_kept(_json(redactor.value(use.arguments))[:LOOKED_AT], ARGUMENT_CHARACTERS),
            ok=bool(turn.results.get(call_id, {}).get("ok")),
        )
        for turn in history
        for call_id, use in zip(turn.call_ids, turn.response.tool_uses, strict=True)
    ]


def _plain(text: str) -> str:
    """On one line; of a document in markup what stands between its tags, because every such document has those."""
    words = _TAG.sub(" ", text) if text.lstrip().startswith("<") else text
    return " ".join(words.split())


def _kept(text: str, characters: int) -> str:
    """The beginning, with personal data of a known shape masked, too, before anything is cut."""
    parts, end = [], 0
    for finding in detect(text):
        parts += [text[end : finding.start], f"[{finding.detector}]"]
        end = finding.end
    return _cut("".join([*parts, text[end:]]), characters)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}…"
