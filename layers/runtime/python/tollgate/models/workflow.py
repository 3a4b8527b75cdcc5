"""The file `statemachines/workflows/<workflow>.yaml`: steps that need no model, along their true dependencies."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tollgate.models.execution import Limits
from tollgate.models.tool import NAME_PATTERN


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_File):
    """One tool call or one agent run, after the steps that `needs` names; unrelated steps run side by side."""

    id: Annotated[str, Field(pattern=NAME_PATTERN)]
    tool: str | None = None
    agent: str | None = None
    arguments: dict[str, Any] = Field(
        default={}, description="Values, or `{from: /steps/<id>/...}` JSON Pointers into input and earlier results."
    )
    needs: list[str] = []


class Workflow(_File):
    """A deterministic workflow. Its limits bound the whole of it, fan-out included."""

    schema_version: Literal[1]
    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    description: str
    limits: Limits
    input_schema: dict[str, Any]
    output: dict[str, Any] = {}
    steps: list[Step] = Field(min_length=1)
