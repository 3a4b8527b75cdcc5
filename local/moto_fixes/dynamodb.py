"""DynamoDB: conditional writes and transactions that are atomic, and transactions that are idempotent.

Not mended: TTL. AWS deletes expired items within days, so readers must check the expiry anyway; moto never deletes.
"""

import copy
import threading
import time
from dataclasses import dataclass
from typing import Any

from moto.core.responses import ActionResult
from moto.core.serialize import JSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from local.moto_fixes.patching import refusal, replace

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
TOKEN_LIFETIME_SECONDS = 600
_ONE_AT_A_TIME = threading.RLock()


def act_one_at_a_time() -> None:
    """A condition still holds when its write happens, and a failed transaction undoes nothing but itself.

    moto's server runs requests in threads without a lock: two writers both see the condition hold; and a failed
    TransactWriteItems puts back a copy of the whole table, with it everything others wrote meanwhile.
    """

    def build(original: Any) -> Any:
        def call_action(handler: Any) -> Any:
            with _ONE_AT_A_TIME:
                return original(handler)

        return call_action

    replace(DynamoHandler, "call_action", build)


@dataclass(frozen=True)
class _Done:
    items: Any
    at: float


class Transactions:
    """The transactions of the last ten minutes, by account, region and ClientRequestToken."""

    def __init__(self) -> None:
        self._done: dict[tuple[str, str, str], _Done] = {}

    def already_done(self, key: tuple[str, str, str], items: Any) -> bool:
        """Whether this very transaction happened already; refuses another one under the same token."""
        done = self._done.get(key)
        if done is None or time.monotonic() - done.at > TOKEN_LIFETIME_SECONDS:
            return False
        if done.items != items:
            raise refusal("IdempotentParameterMismatchException", "The token was used for another transaction")
        return True

    def remember(self, key: tuple[str, str, str], items: Any) -> None:
        self._done[key] = _Done(items, time.monotonic())

    def clear(self) -> None:
        self._done.clear()


TRANSACTIONS = Transactions()


def transact_once_per_token() -> None:
    """The same ClientRequestToken within ten minutes writes once, or is refused for other items; moto writes again."""

    def build(original: Any) -> Any:
        def transact_write_items(handler: Any) -> Any:
            token, items = handler.body.get("ClientRequestToken"), handler.body["TransactItems"]
            if token is None:
                return original(handler)
            key = (handler.current_account, handler.region, token)
            if TRANSACTIONS.already_done(key, items):
                return ActionResult({"ConsumedCapacity": [], "ItemCollectionMetrics": {}})
            # A copy, because moto fills defaults into the request it was given.
            asked = copy.deepcopy(items)
            answer = original(handler)
            TRANSACTIONS.remember(key, asked)
            return answer

        return transact_write_items

    replace(DynamoHandler, "transact_write_items", build)


def keep_only_what_a_transaction_may_undo() -> None:
    """A transaction costs what it touches; moto copies every item of its tables (70 ms per 1,000)."""
    touched = threading.local()

    def build(original: Any) -> Any:
        def transact_write_items(backend: Any, transact_items: list[dict[str, Any]]) -> None:
            touched.operations = [operation for entry in transact_items for operation in entry.values()]
            try:
                original(backend, transact_items)
            finally:
                touched.operations = None

        return transact_write_items

    def snapshot(table: Any, memo: dict[int, Any]) -> Any:
        operations = getattr(touched, "operations", None)
        if operations is None:
            return _whole_copy(table, memo)
        return _copy_for_undo(table, [each for each in operations if each["TableName"] == table.name])

    replace(DynamoDBBackend, "transact_write_items", build)
    Table.__deepcopy__ = snapshot  # type: ignore[attr-defined]


def _whole_copy(table: Any, memo: dict[int, Any]) -> Any:
    duplicate = memo[id(table)] = copy.copy(table)
    vars(duplicate).update(copy.deepcopy(vars(table), memo))
    return duplicate


def _copy_for_undo(table: Any, operations: list[dict[str, Any]]) -> Any:
    duplicate = copy.copy(table)
    duplicate.items = copy.copy(table.items)
    for key in (operation.get("Key") or operation.get("Item") or {} for operation in operations):
        if table.hash_key_attr in key:
            _keep(duplicate.items, table.items, DynamoType(key[table.hash_key_attr]), key.get(table.range_key_attr))
    return duplicate


def _keep(kept: Any, items: Any, hash_value: Any, range_key: Any) -> None:
    """A copy of the one item that this key names; of its neighbours the very items, which nothing will change."""
    if hash_value not in items:
        return
    if range_key is None:
        kept[hash_value] = copy.deepcopy(items[hash_value])
        return
    if kept[hash_value] is items[hash_value]:
        kept[hash_value] = copy.copy(items[hash_value])
    range_value = DynamoType(range_key)
    if range_value in items[hash_value]:
        kept[hash_value][range_value] = copy.deepcopy(items[hash_value][range_value])


def write_attribute_values_as_they_are() -> None:
    """An item is written as it is held; moto looks for ten members, under five names each, in every attribute value.

    That took two thirds of the time of a read. Binary values are held as bytes, so moto still encodes those.
    """

    def build(original: Any) -> Any:
        def _serialize(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
            if shape.name == "AttributeValue" and _is_in_wire_form(value):
                serializer._default_serialize(serialized, value, shape, key)
            else:
                original(serializer, serialized, value, shape, key)

        return _serialize

    replace(JSONSerializer, "_serialize", build)


_SCALARS: dict[str, type] = {"S": str, "N": str, "BOOL": bool, "NULL": bool}


def _is_in_wire_form(value: Any) -> bool:
    """Whether the value can be put into JSON without a change, with everything in it."""
    if type(value) is not dict or len(value) != 1:
        return False
    ((kind, held),) = value.items()
    if kind == "M":
        return type(held) is dict and all(map(_is_in_wire_form, held.values()))
    if kind == "L":
        return type(held) is list and all(map(_is_in_wire_form, held))
    if kind in ("SS", "NS"):
        return type(held) is list and all(type(member) is str for member in held)
    return type(held) is _SCALARS.get(kind)
