"""Half, four fifths or all of a budget is used: told once, as a decision record, a log line, a metric and an event."""

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from tollgate.budget.events import THRESHOLD_CROSSED, publish
from tollgate.models.execution import Execution
from tollgate.store.journal import Journal

THRESHOLDS = (50, 80, 100)

logger = Logger(service="budget")


def crossed(before: float, after: float) -> int | None:
    """The highest threshold between two shares in percent, or None."""
    return max((percent for percent in THRESHOLDS if before < percent <= after), default=None)


def share_percent(used: tuple[int, float], limits: tuple[int, float]) -> float:
    """The larger share of two limits."""
    return max(100 * part / limit for part, limit in zip(used, limits, strict=True))


def tell(
    journal: Journal, source: str, execution: Execution, scope: str, key: str, percent: int, used_percent: float
) -> None:
    """Journals, logs, counts and publishes it. The record is the execution's that crossed the line."""
    body = {"scope": scope, "percent": percent, "used_percent": round(used_percent, 1)}
    record = f"{execution.step:06d}#80#budget#{scope}#{key}"
    if not journal.add(execution.execution_id, record, "budget_notice", body, step=execution.step):
        return
    whose = {"tenant": execution.tenant, "agent": execution.agent, "execution_id": execution.execution_id}
    publish(source, THRESHOLD_CROSSED, body | whose)
    logger.warning("a budget is used up to a threshold", extra={**body, "execution": execution.execution_id})
    with single_metric(name="BudgetUsedPercent", unit=MetricUnit.Percent, value=percent, namespace="Tollgate") as one:
        one.add_dimension("service", "budget")
        one.add_dimension("scope_kind", scope.partition(":")[0])
        one.add_metadata("scope", scope)
        one.add_metadata("execution", execution.execution_id)
