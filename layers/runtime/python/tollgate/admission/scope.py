"""Whether a scope condition holds: a JSON Schema over `{"input": ..., "principal": ...}`."""

from typing import Any

from tollgate.models.agent import ScopeRule
from tollgate.models.principal import Principal
from tollgate.screening import schema


def holds(rule: ScopeRule, input: dict[str, Any], principal: Principal) -> bool:
    """Whether the request satisfies the condition. Raises for a condition that is no schema."""
    return schema.validator(rule.when).is_valid({"input": input, "principal": principal.model_dump()})
