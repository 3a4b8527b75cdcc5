"""The part `call_limits` of `agent.yaml`: how much, when and how often an agent may call one tool."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_CALLS = 1_000
"""Of one rate. Each counted call is an entry of one item, which is written whole: 1,000 are 30 KB."""

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As `datetime.weekday` counts them."""

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
EndOfDay = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Most = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Askable = Literal["ceiling", "hours"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Window(_Part):
    """Open on these days from `opens` until just before `closes`; past midnight where it closes before it opens."""

    days: list[Day] = Field(default=list(DAYS), min_length=1, description="The days on which it opens; default: all.")
    opens: TimeOfDay = Field(description="`08:00`, in the time zone above.")
    closes: EndOfDay = Field(description="`18:00`; `24:00` for the end of the day.")


class Hours(_Part):
    """When a tool may be called: inside any of the windows."""

    time_zone: str = Field(description="An IANA time zone, such as `Europe/Berlin`.")
    open: list[Window] = Field(min_length=1, description="The windows.")


class Rate(_Part):
    """At most so many calls in any stretch of so many seconds, over all executions of one principal."""

    calls: int = Field(ge=1, le=MAX_CALLS, description="Calls that may start.")
    per_seconds: int = Field(ge=1, le=2_678_400, description="The stretch, sliding; 31 days at the most.")


class CallLimits(_Part):
    """Bounds on the calls of one tool by this agent. What is past a bound is refused, unless `ask` names it."""

    ceiling: dict[str, Most | dict[Currency, Most]] = Field(
        default={}, description="The most by argument: `{amount: 5000}`, or by currency: `{amount: {EUR: 5000}}`."
    )
    hours: Hours | None = Field(default=None, description="Outside these hours the tool is not called.")
    rate: Rate | None = Field(default=None, description="How often one principal may have the tool called.")
    ask: list[Askable] = Field(default=[], description="Which of `ceiling` and `hours` a person may lift.")
