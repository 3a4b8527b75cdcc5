"""The graceful end in words: what was done, what was not, why it ended, what it cost. Made from the journal alone."""

import json
from typing import Any

from tollgate.cascade import chain
from tollgate.conversation import Turn
from tollgate.models.execution import Execution
from tollgate.redaction.shorten import shortened

ARGUMENT_CHARACTERS = 120

_WHY = {
    "tokens": "the token limit was reached",
    "usd": "the cost limit was reached",
    "steps": "the step limit was reached",
    "active_seconds": "the time at work was used up",
    "deadline": "the deadline passed",
    "history": "the state machine's history is nearly full; use replay, not redrive",
    "approvals": "the limit of approvals was reached",
    "tool_failures": "too many tool calls failed",
    "loop": "the same calls came round without anything new",
    "cascade": "one failing tool call led to another",
    "retries": "calls had to be tried again too often",
    "model": "the model gave no usable answer",
    "answer": "the final answer was refused twice, or a check of it could not be heard",
    "stopped": "it was stopped by a person",
    "failed": "a task failed",
}


def summarise(execution: Execution, history: list[Turn], reason: str) -> str:
    """A few lines for a person who was not there."""
    done, unknown, undone = _calls(history)
    spent = (
        f"{execution.spend.tokens:,} of {execution.limits.tokens:,} tokens, "
        f"{execution.spend.usd:.4f} of {execution.limits.usd:.2f} USD, "
        f"{execution.step} of {execution.limits.steps} steps"
    )
    lines = [f"Ended because {_why(execution, reason)}."]
    if reason == "cascade":
        lines.append("The chain: " + "; then ".join(chain(history, execution.step + 1)) + ".")
    if reason == "answer" and history and history[-1].answer_refused:
        lines.append(f"Told to the model: {history[-1].answer_refused.splitlines()[0]}")
    lines.append("Done: " + ("; ".join(done) if done else "nothing") + ".")
    if unknown:
        lines.append("May have happened, look before anybody repeats it: " + "; ".join(unknown) + ".")
    if undone:
        lines.append("Not done: " + "; ".join(undone) + ".")
    lines.append(f"Spent: {spent}.")
    return "\n".join(lines)


def _why(execution: Execution, reason: str) -> str:
    """In words, with the scope whose limit it was when it was not the execution's own."""
    if execution.stopping_scope and reason == execution.stopping:
        return f"{_WHY.get(reason, reason)}, that of {execution.stopping_scope}"
    return _WHY.get(reason, reason)


def _calls(history: list[Turn]) -> tuple[list[str], list[str], list[str]]:
    """What was done, what may have been, and what was not."""
    done: list[str] = []
    unknown: list[str] = []
    undone: list[str] = []
    for turn in history:
        for call_id, use in zip(turn.call_ids, turn.response.tool_uses, strict=True):
            result = turn.results.get(call_id)
            label = f"{use.name} {_shown(use.arguments)}"
            if result is None and call_id in turn.half_done:
                unknown.append(f"{label} (cut off, a person was asked)")
            elif result is None:
                undone.append(f"{label} (proposed, not finished)")
            elif result["ok"]:
                done.append(label)
            elif result.get("unknown"):
                unknown.append(f"{label} by {result['by']} ({result['error']})")
            else:
                undone.append(f"{label} ({result['error'] or 'failed'})")
    return done, unknown, undone


def _shown(arguments: Any) -> str:
    """Cut, and it shows, so that whoever masks the summary knows the beginning of a value for what it is."""
    written = json.dumps(arguments, ensure_ascii=False)
    kept = shortened(written, ARGUMENT_CHARACTERS)
    return kept if kept == written else f"{kept}…"
