"""The final answer as the model wrote it, read as one JSON value that satisfies the agent's output schema."""

import json
import re
from typing import Any

from tollgate.detection.detect import detect_secrets
from tollgate.models.message import ModelResponse
from tollgate.screening.schema import violations

_FENCE = re.compile(r"^\s*```[a-zA-Z0-9_-]*\s*\n(?P<body>.*?)\n?\s*```\s*$", re.DOTALL)
SHOWN_VIOLATIONS = 10


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
    listed = _without_secrets("\n".join(f"- {entry.as_text()}" for entry in found[:SHOWN_VIOLATIONS]))
    return None, f"Your answer does not satisfy the output schema:\n{listed}\nAnswer again with a JSON value that does."


def _without_secrets(text: str) -> str:
    """What the model wrote wrongly is quoted to it, but a message is also a record, and no place for a secret."""
    for finding in reversed(detect_secrets(text)):
        text = f"{text[: finding.start]}[{finding.detector}]{text[finding.end :]}"
    return text
