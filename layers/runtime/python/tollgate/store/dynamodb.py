"""One DynamoDB table behind four verbs, with Python values in and out. Owns nothing but the wire format."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError

from tollgate.errors import ConflictError
from tollgate.store.shared_clock import shared_clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


@cache
def client() -> "DynamoDBClient":
    """One client per process. Its own retries are few: the state machine owns the long ones (ADR 1)."""
    made = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))
    shared_clock().follow(made)
    return made


def to_wire(item: Item) -> dict[str, Any]:
    """Attribute values; floats become exact decimals, absent (None) values are left out."""
    return {name: _serialize(_exact(value)) for name, value in item.items() if value is not None}


def from_wire(item: dict[str, Any]) -> Item:
    """Python values; whole decimals become ints, others floats."""
    return {name: _plain(_deserialize(value)) for name, value in item.items()}


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {key: _exact(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(inner) for inner in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


class Table:
    """A table by name. Reads are consistent unless an index is named."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, key: Item) -> Item | None:
        """The item, or None."""
        found = client().get_item(TableName=self.name, Key=to_wire(key), ConsistentRead=True).get("Item")
        return from_wire(found) if found else None

    def put(
        self,
        item: Item,
        *,
        condition: str | None = None,
        values: Item | None = None,
        names: dict[str, str] | None = None,
    ) -> None:
        """Writes the whole item. Raises `ConflictError` when the condition does not hold."""
        request = self.put_request(item, condition=condition)
        if values:
            request["ExpressionAttributeValues"] = to_wire(values)
        if names:
            request["ExpressionAttributeNames"] = names
        with _conflicts():
            client().put_item(**request)

    def update(
        self,
        key: Item,
        expression: str,
        values: Item,
        *,
        condition: str | None = None,
        names: dict[str, str] | None = None,
    ) -> Item:
        """Applies an update expression and returns the new item. Raises `ConflictError` as `put` does."""
        with _conflicts():
            answer = client().update_item(
                **self.update_request(key, expression, values, condition=condition, names=names), ReturnValues="ALL_NEW"
            )
        return from_wire(answer["Attributes"])

    def update_request(
        self,
        key: Item,
        expression: str,
        values: Item,
        *,
        condition: str | None = None,
        names: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The same update as an entry of a transaction."""
        request: dict[str, Any] = {"TableName": self.name, "Key": to_wire(key), "UpdateExpression": expression}
        if values:
            request["ExpressionAttributeValues"] = to_wire(values)
        if condition:
            request["ConditionExpression"] = condition
        if names:
            request["ExpressionAttributeNames"] = names
        return request

    def put_request(self, item: Item, *, condition: str | None = None) -> dict[str, Any]:
        """The same put as an entry of a transaction."""
        request: dict[str, Any] = {"TableName": self.name, "Item": to_wire(item)}
        if condition:
            request["ConditionExpression"] = condition
        return request

    def delete(self, key: Item) -> None:
        """Removes the item; nothing happens where there is none."""
        client().delete_item(TableName=self.name, Key=to_wire(key))

    def query(
        self,
        condition: str,
        values: Item,
        *,
        index: str | None = None,
        forward: bool = True,
        limit: int | None = None,
        filter_expression: str | None = None,
        names: dict[str, str] | None = None,
        consistent: bool = True,
    ) -> Iterator[Item]:
        """All matching items over all pages, lazily; `limit` bounds one page, not the whole."""
        arguments: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": to_wire(values),
            "ScanIndexForward": forward,
            "ConsistentRead": consistent,
        }
        optional = {
            "IndexName": index,
            "Limit": limit,
            "FilterExpression": filter_expression,
            "ExpressionAttributeNames": names,
        }
        arguments |= {name: value for name, value in optional.items() if value is not None}
        while True:
            page = client().query(**arguments)
            yield from map(from_wire, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def transact(*entries: dict[str, Any]) -> None:
    """All or nothing. An entry is `{"Put": ...}` or `{"Update": ...}`. Raises `ConflictError`."""
    with _conflicts():
        client().transact_write_items(TransactItems=list(entries))  # type: ignore[arg-type]


class _conflicts:  # noqa: N801  # reads as a statement: `with _conflicts():`
    """Turns a failed condition into `ConflictError`; any other error passes."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ClientError):
            code = error.response["Error"]["Code"]
            if code in (
                "ConditionalCheckFailedException",
                "TransactionCanceledException",
                "TransactionConflictException",
            ):
                raise ConflictError(f"{code}: the item is not in the state that this write needs") from error
