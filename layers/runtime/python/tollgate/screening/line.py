"""One line of a dry run: what is tolerated in it, and the answer to a line that cannot be judged.

Keys that nobody knows are let be: a caller's own `id` harms nothing, and a misspelt key is missed by its right name.
"""

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tollgate.models.principal import Principal
from tollgate.models.verdict import Reason

RULE = "malformed_line"


def _or_empty(empty: type) -> BeforeValidator:
    return BeforeValidator(lambda given: empty() if given is None else given)


Text = Annotated[str, _or_empty(str)]
Object = Annotated[dict[str, Any], _or_empty(dict)]
Claims = Annotated[dict[str, list[str]], _or_empty(dict)]


class Part(BaseModel):
    """A part of a line."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Asker(Part):
    """A principal as it is written in a line; the checks of `Principal` hold."""

    id: str = Field(min_length=1, max_length=256)
    tenant: str = Field(min_length=1, max_length=128)
    kind: str
    claims: Claims = {}

    @property
    def principal(self) -> Principal:
        """Raises `ValidationError`."""
        return Principal.model_validate(
            {"id": self.id, "tenant": self.tenant, "kind": self.kind, "claims": self.claims}
        )


def as_text(value: Any) -> str:
    """A document's text: a value that is no text is shown to a model as JSON, so it is judged as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def malformed(message: str) -> list[dict[str, Any]]:
    """The reasons of a line that cannot be judged, which is refused like every check that fails."""
    return [Reason(rule=RULE, message=message).model_dump()]


def written(answer: dict[str, Any]) -> str:
    """One line of ASCII, whatever the answer quotes: no reader takes a part of it for the end of the line."""
    return json.dumps(answer, ensure_ascii=True)
