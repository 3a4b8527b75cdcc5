"""ConcludeExecution: an execution is completed only by an answer that satisfies the agent's output schema."""

import json
import re
from typing import Any

from tollgate.definitions.registry import Registry
from tollgate.errors import AnswerRefusedError, LimitReachedError
from tollgate.memory.remember import remember
from tollgate.models.message import ModelResponse
from tollgate.screening.schema import violations
from tollgate.store.journal import model_key
from tollgate.store.stores import Stores

_FENCE = re.compile(r"^\s*```[a-zA-Z0-9_-]*\s*\n(?P<body>.*?)\n?\s*```\s*$", re.DOTALL)
SHOWN_VIOLATIONS = 10


def run(stores: Stores, registry: Registry, event: dict[str, Any]) -> dict[str, Any]:
    """Returns `{execution, outcome}`. Raises `AnswerRefusedError` the first time, `LimitReachedError` the second."""
    execution = stores.executions.opened(event["execution"], int(event.get("redrives", 0)))
    step = int(event["step"])
    agent = registry.agent(execution.agent).definition
    record = stores.journal.read(execution.execution_id, model_key(step))
    if record is None:
        raise LimitReachedError("there is no answer to conclude with")
    response = ModelResponse.model_validate(record.body["response"])
    answer, complaint = parse_answer(response, agent.output_schema)
    if complaint is None:
        stores.executions.conclude(
            execution.execution_id, outcome="completed", reason=None, summary=None, output=answer
        )
        body = {"outcome": "completed", **remember(stores, agent, execution, answer)}
        stores.journal.write(execution.execution_id, f"{step:06d}#60#outcome", "outcome", body, step=step)
        return {"execution": execution.execution_id, "outcome": "completed"}
    refused_before = _refused_before(stores, execution.execution_id, step)
    stores.journal.write(
        execution.execution_id, f"{step:06d}#50#answer_refused", "answer_refused", {"message": complaint}, step=step
    )
    if refused_before:
        stores.executions.stopping(execution.execution_id, "answer")
        raise LimitReachedError(complaint)
    raise AnswerRefusedError(complaint)


def parse_answer(response: ModelResponse, output_schema: dict[str, Any]) -> tuple[Any, str | None]:
    """The JSON value of a final answer, and None; or None and what the model must mend. A fenced block is unwrapped."""
    if response.stop_reason == "max_tokens":
        return None, "Your answer was cut off at the output limit. Answer again, shorter: one JSON value only."
    text = response.text.strip()
    fenced = _FENCE.match(text)
    try:
        answer = json.loads(fenced["body"] if fenced else text)
    except ValueError as error:
        return (
            None,
            f"Your answer is not one JSON value ({error}). Answer again with the JSON value alone, no other text.",
        )
    found = violations(output_schema, answer)
    if not found:
        return answer, None
    listed = "\n".join(f"- {entry.as_text()}" for entry in found[:SHOWN_VIOLATIONS])
    return None, f"Your answer does not satisfy the output schema:\n{listed}\nAnswer again with a JSON value that does."


def _refused_before(stores: Stores, execution_id: str, step: int) -> bool:
    """Whether an answer of an earlier step was refused, tool calls in between or not."""
    return any(
        record.kind == "answer_refused" and record.step < step for record in stores.journal.of_execution(execution_id)
    )
