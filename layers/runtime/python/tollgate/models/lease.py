"""What an execution holds of an outer budget."""

from pydantic import BaseModel, ConfigDict


class LeaseSlot(BaseModel):
    """One slot per kind of scope, on the execution's item. `number` grows with every change of hands."""

    model_config = ConfigDict(frozen=True)

    number: int = 0
    entry: str = "-"
    """Id of the latest lease or return that took effect here."""
    period: str = "-"
    tokens: int = 0
    microusd: int = 0
    """What is left of it."""
    taken_tokens: int = 0
    taken_microusd: int = 0
    """What was leased since the last return."""
    expires_at: float = 0
    """From then on the rest goes back, whether the execution lives or not."""
