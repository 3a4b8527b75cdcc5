"""A refusal at an agent's boundary wakes somebody: one log line and one count for each call, after it is journalled."""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

SERVICE = "screening"
METRIC = "BoundaryRefusals"
"""By `service` and `environment` (the deployment's prefix), and by these and `agent`. The alarm reads the first."""

logger = Logger(service=SERVICE)


def tell(screening: Mapping[str, Any], *, execution_id: str, step: int, agent: str, environment: str) -> None:
    """Logs and counts the incidents of one screening record that was just written. Arguments stay in the journal."""
    found = list(_incidents(screening))
    for call, reason in found:
        logger.warning(
            "a call outside the agent's tools was refused",
            extra={
                "incident": reason["rule"],
                "execution": execution_id,
                "step": step,
                "call": call["call_id"],
                "agent": agent,
                "effect": reason.get("effect"),
                "reason": reason["message"],
            },
        )
    if found:
        _count(len(found), agent=agent, environment=environment, execution_id=execution_id)


def _incidents(screening: Mapping[str, Any]) -> Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each call with the reason that marks it."""
    for call in screening["calls"]:
        for reason in call["reasons"]:
            if reason.get("incident"):
                yield call, reason


def _count(number: int, *, agent: str, environment: str, execution_id: str) -> None:
    metrics = EphemeralMetrics(namespace="Tollgate", service=SERVICE)
    metrics.add_metric(name=METRIC, unit=MetricUnit.Count, value=number)
    metrics.add_dimension("environment", environment)
    metrics.add_dimensions(service=SERVICE, environment=environment, agent=agent)
    metrics.add_metadata("execution", execution_id)
    metrics.flush_metrics()
