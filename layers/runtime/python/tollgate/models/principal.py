"""Who is asking. A principal comes from the deployment's table, never from a request's body."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Principal(BaseModel):
    """An authenticated caller as the rest of Tollgate sees it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=256, description="Unique within the tenant; never a session name.")
    tenant: str = Field(min_length=1, max_length=128, description="Tenants never meet.")
    kind: Literal["person", "service"] = Field(description="A service's text never vouches for an argument.")
    claims: dict[str, list[str]] = Field(default_factory=dict, description="Rights and owned identifiers by name.")

    def has(self, claim: str, value: str) -> bool:
        """Whether the named claim holds this very value."""
        return value in self.claims.get(claim, [])
