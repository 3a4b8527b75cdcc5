"""The file `statemachines/workflows/<workflow>.yaml`: steps that need no model, along their true dependencies."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tollgate.models.execution import Limits
from tollgate.models.tool import NAME_PATTERN


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_File):
    """One tool call or one agent run, after the steps that `needs` names; unrelated steps run side by side."""

    id: Annotated[str, Field(pattern=NAME_PATTERN, description="Unique in the workflow.")]
    tool: str | None = Field(default=None, description="The tool to call; or `agent`.")
    agent: str | None = Field(default=None, description="The agent to run; or `tool`.")
    arguments: dict[str, Any] = Field(
        default={}, description="Values, or `{from: /steps/<id>/...}` JSON Pointers into input and earlier results."
    )
    needs: list[str] = Field(default=[], description="Steps that must be done before.")


class Workflow(_File):
    """A deterministic workflow. Its limits bound the whole of it, fan-out included."""

    schema_version: Literal[1] = Field(description="The version of this file format.")
    name: Annotated[str, Field(pattern=NAME_PATTERN, description="The file's own name.")]
    description: str = Field(description="What the workflow does, for people.")
    limits: Limits
    input_schema: dict[str, Any] = Field(
        description="Every field is a document unless it says `x-tollgate-origin: instruction`."
    )
    output: dict[str, Any] = Field(
        default={}, description="What the workflow answers, as arguments of a step are written."
    )
    steps: list[Step] = Field(min_length=1, description="In any order; `needs` decides.")
