"""The tables. Each is on demand, restorable to any second of 35 days, and encrypted."""

from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.names import Names


@dataclass(frozen=True)
class Keys:
    """A partition key and a sort key, both strings."""

    partition: str
    sort: str | None = None


@dataclass(frozen=True)
class TableShape:
    """One table: its key, global and local indexes by name, and the attribute that lets items expire."""

    key: Keys
    indexes: tuple[tuple[str, Keys], ...] = ()
    local_indexes: tuple[tuple[str, str], ...] = ()
    expires: bool = False


TABLES: dict[str, TableShape] = {
    "executions": TableShape(
        Keys("execution_id"),
        indexes=(("by_tenant", Keys("tenant", "created_key")), ("by_status", Keys("status", "created_key"))),
        expires=True,
    ),
    "journal": TableShape(Keys("execution_id", "record"), local_indexes=(("in_order", "at"),)),
    "calls": TableShape(Keys("tool_execution", "step_call")),
    "approvals": TableShape(
        Keys("approval_id"),
        indexes=(
            ("by_tenant", Keys("tenant", "created_key")),
            ("by_execution", Keys("execution_id", "created_key")),
            ("by_due", Keys("due", "due_at")),
        ),
    ),
    "audit": TableShape(Keys("approval_id", "entry"), indexes=(("by_tenant", Keys("tenant", "entry")),)),
    "gates": TableShape(Keys("approval_id"), expires=True),
    "budgets": TableShape(Keys("scope")),
    "memory": TableShape(Keys("tenant", "memory_id"), expires=True),
}


class Tables(Construct):
    """All tables of one deployment, by name."""

    def __init__(self, scope: Construct, id: str, *, names: Names, retain: bool) -> None:
        super().__init__(scope, id)
        self.by_name = {
            name: build_table(self, name.capitalize(), name=names.table(name), shape=shape, retain=retain)
            for name, shape in TABLES.items()
        }


def build_table(scope: Construct, id: str, *, name: str, shape: TableShape, retain: bool) -> dynamodb.Table:
    """One table with its indexes."""
    table = dynamodb.Table(
        scope,
        id,
        table_name=name,
        partition_key=_attribute(shape.key.partition),
        sort_key=_attribute(shape.key.sort) if shape.key.sort else None,
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        time_to_live_attribute="expires_at" if shape.expires else None,
        removal_policy=RemovalPolicy.RETAIN if retain else RemovalPolicy.DESTROY,
    )
    for index, keys in shape.indexes:
        table.add_global_secondary_index(
            index_name=index,
            partition_key=_attribute(keys.partition),
            sort_key=_attribute(keys.sort) if keys.sort else None,
        )
    for index, sort in shape.local_indexes:
        table.add_local_secondary_index(index_name=index, sort_key=_attribute(sort))
    return table


def _attribute(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
