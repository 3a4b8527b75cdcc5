"""DynamoDB on the local AWS: conditional writes and transactions under many clients."""

import os
import threading
import uuid
from typing import Any

import pytest
from moto.core.serialize import JSONSerializer
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.parsing.tokens import ExpressionTokenizer

from local.moto_fixes import dynamodb
from tests.integration.moto_probe import DEADLINE_SECONDS, Probe, in_background


@pytest.fixture
def table(probe: Probe) -> str:
    """The name of an empty table with the key `id`."""
    name = f"table-{uuid.uuid4().hex}"
    probe.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def put(table: str, item_id: str, **condition: str) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": {"id": {"S": item_id}}, **condition}}


def add_one(table: str, item_id: str) -> dict[str, Any]:
    expression = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    return {"Update": {"TableName": table, "Key": {"id": {"S": item_id}}, **expression}}


def number(client: Any, table: str, item_id: str) -> int:
    return int(client.get_item(TableName=table, Key={"id": {"S": item_id}})["Item"]["n"]["N"])


def test_one_of_many_conditional_writers_wins(probe: Probe, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A condition that holds once lets one writer through, although all of them write at once."""
    client, writers = probe.client("dynamodb"), 8
    overlap = Overlap(writers)
    original = DynamoDBBackend.get_item
    monkeypatch.setattr(DynamoDBBackend, "get_item", overlap.around(original))
    ready = threading.Barrier(writers)

    def write() -> bool:
        ready.wait(DEADLINE_SECONDS)
        try:
            client.transact_write_items(
                TransactItems=[put(table, "one", ConditionExpression="attribute_not_exists(id)")]
            )
        except client.exceptions.TransactionCanceledException:
            return False
        return True

    outcomes = [in_background(write) for _ in range(writers)]
    assert sorted(future.result(DEADLINE_SECONDS) for future in outcomes) == [False] * (writers - 1) + [True]
    assert overlap.most == 1


def test_parallel_counters_lose_nothing(probe: Probe, table: str) -> None:
    """Every ADD counts."""
    client = probe.client("dynamodb")
    update = add_one(table, "counter")["Update"]

    def count() -> None:
        for _ in range(10):
            client.update_item(**update)

    for future in [in_background(count) for _ in range(6)]:
        future.result(DEADLINE_SECONDS)
    assert number(client, table, "counter") == 60


def test_failed_transaction_keeps_what_others_wrote(probe: Probe, table: str) -> None:
    """A cancelled transaction undoes its own writes only."""
    client = probe.client("dynamodb")
    cancelled = [put(table, "mine"), put(table, "none", ConditionExpression="attribute_exists(id)")]

    def cancel() -> None:
        for _ in range(15):
            with pytest.raises(client.exceptions.TransactionCanceledException):
                client.transact_write_items(TransactItems=cancelled)

    running = [in_background(cancel) for _ in range(3)]
    written = [f"item-{index}" for index in range(40)]
    for item_id in written:
        client.put_item(TableName=table, Item={"id": {"S": item_id}})
    for future in running:
        future.result(DEADLINE_SECONDS)
    found = {item["id"]["S"] for item in client.scan(TableName=table)["Items"]}
    assert found == set(written)


def test_same_client_request_token_writes_once(probe: Probe, table: str) -> None:
    """A repeated transaction succeeds and changes nothing."""
    client = probe.client("dynamodb")
    for _ in range(3):
        client.transact_write_items(TransactItems=[add_one(table, "n")], ClientRequestToken="again")
    client.transact_write_items(TransactItems=[add_one(table, "n")], ClientRequestToken="another")
    assert number(client, table, "n") == 2


def test_client_request_token_of_another_transaction_is_refused(probe: Probe, table: str) -> None:
    """A token stands for one transaction."""
    client = probe.client("dynamodb")
    token = uuid.uuid4().hex
    client.transact_write_items(TransactItems=[add_one(table, "a")], ClientRequestToken=token)
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        client.transact_write_items(TransactItems=[add_one(table, "b")], ClientRequestToken=token)


def test_client_request_token_of_a_cancelled_transaction_may_be_used_again(probe: Probe, table: str) -> None:
    """Only what was written is remembered."""
    client = probe.client("dynamodb")
    token = uuid.uuid4().hex
    items = [{**add_one(table, "c")}, put(table, "d", ConditionExpression="attribute_exists(id)")]
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=items, ClientRequestToken=token)
    client.put_item(TableName=table, Item={"id": {"S": "d"}})
    client.transact_write_items(TransactItems=items, ClientRequestToken=token)
    assert number(client, table, "c") == 1


def test_client_request_token_is_forgotten_after_ten_minutes(
    probe: Probe, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later the same token is a new transaction, as on AWS."""
    assert dynamodb.TOKEN_LIFETIME_SECONDS == 600
    client = probe.client("dynamodb")
    token = uuid.uuid4().hex
    client.transact_write_items(TransactItems=[add_one(table, "t")], ClientRequestToken=token)
    monkeypatch.setattr(dynamodb, "TOKEN_LIFETIME_SECONDS", -1)
    client.transact_write_items(TransactItems=[add_one(table, "t")], ClientRequestToken=token)
    assert number(client, table, "t") == 2


def test_cancelled_transaction_undoes_an_update_in_place(probe: Probe, table: str) -> None:
    """An item that was changed before the condition failed has its old value again; so has one that was made."""
    client = probe.client("dynamodb")
    client.update_item(**add_one(table, "kept")["Update"])
    never = put(table, "absent", ConditionExpression="attribute_exists(id)")
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=[add_one(table, "kept"), add_one(table, "made"), never])
    items = client.scan(TableName=table)["Items"]
    assert items == [{"id": {"S": "kept"}, "n": {"N": "1"}}]


def test_transaction_copies_only_the_items_it_touches(
    probe: Probe, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large table makes no transaction slow."""
    client = probe.client("dynamodb")
    for index in range(30):
        client.put_item(TableName=table, Item={"id": {"S": str(index)}})
    copied: list[str] = []

    def counted(item: Item, memo: dict[int, Any]) -> Item:
        copied.append(item.hash_key.value)
        return item

    monkeypatch.setattr(Item, "__deepcopy__", counted, raising=False)
    client.transact_write_items(TransactItems=[put(table, "7"), put(table, "new")])
    assert set(copied) <= {"7", "new"}


def test_transaction_copies_none_of_its_items_neighbours(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Items under one partition key cost nothing, and a cancelled transaction puts back the one that it changed."""
    client, name = probe.client("dynamodb"), f"pairs-{uuid.uuid4().hex}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("id", "at")],
    )
    for index in range(30):
        client.put_item(TableName=name, Item={"id": {"S": "one"}, "at": {"S": str(index)}, "n": {"N": "0"}})

    def add(at: str, **more: Any) -> dict[str, Any]:
        key = {"id": {"S": "one"}, "at": {"S": at}}
        return {"Update": add_one(name, "one")["Update"] | {"Key": key} | more}

    copied: list[str] = []
    original = Item.__deepcopy__

    def counted(item: Item, memo: dict[int, Any]) -> Item:
        copied.append(item.range_key.value if item.range_key else "")
        return original(item, memo)

    monkeypatch.setattr(Item, "__deepcopy__", counted)
    never = add("8", ConditionExpression="attribute_not_exists(id)")
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=[add("7"), add("new"), never])
    assert set(copied) <= {"7", "8"}
    items = client.query(
        TableName=name, KeyConditionExpression="id = :id", ExpressionAttributeValues={":id": {"S": "one"}}
    )["Items"]
    assert [item["n"]["N"] for item in items] == ["0"] * 30


class Overlap:
    """Notes how many calls of a function run at once; each gives the others the chance to come in."""

    def __init__(self, parties: int) -> None:
        self._changed = threading.Condition()
        self._inside, self._parties, self.most = 0, parties, 0

    def around(self, function: Any) -> Any:
        """`function`, counted."""

        def counted(*arguments: Any, **options: Any) -> Any:
            with self._changed:
                self._inside += 1
                self.most = max(self.most, self._inside)
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._inside >= 2, timeout=0.05)
            answer = function(*arguments, **options)
            with self._changed:
                self._inside -= 1
            return answer

        return counted


VALUES: dict[str, Any] = {
    "text": {"S": "\u00e4"},
    "nothing": {"S": ""},
    "number": {"N": "1.50"},
    "yes": {"BOOL": True},
    "null": {"NULL": True},
    "texts": {"SS": ["a"]},
    "numbers": {"NS": ["1"]},
    "map": {"M": {"S": {"S": "looks like a type"}, "L": {"L": [{"N": "2"}, {"M": {}}]}}},
    "list": {"L": []},
}
BYTES: dict[str, Any] = {"bytes": {"B": b"\x00\xff"}, "in_map": {"M": {"b": {"B": b"\x01"}}}, "set": {"BS": [b"\x02"]}}


def test_every_type_comes_back_as_it_was_written(probe: Probe, table: str) -> None:
    """By every way that items are read."""
    client, item = probe.client("dynamodb"), {"id": {"S": "all"}, **VALUES, **BYTES}
    client.put_item(TableName=table, Item=item)
    key = {"id": {"S": "all"}}
    queried = client.query(
        TableName=table, KeyConditionExpression="id = :id", ExpressionAttributeValues={":id": key["id"]}
    )
    updated = client.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET yes = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
        ReturnValues="ALL_NEW",
    )
    assert client.get_item(TableName=table, Key=key)["Item"] == item
    assert queried["Items"] == client.scan(TableName=table)["Items"] == [item]
    assert updated["Attributes"] == item


def test_reading_an_item_does_not_search_its_values(probe: Probe, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in wire form already is written without asking for each type that it could have."""
    probe.client("dynamodb").put_item(TableName=table, Item={"id": {"S": "x"}, **VALUES})
    asked: list[str] = []
    original = JSONSerializer.get_value

    def get_value(serializer: Any, value: Any, key: str, shape: Any) -> Any:
        asked.append(key)
        return original(serializer, value, key, shape)

    monkeypatch.setattr(JSONSerializer, "get_value", get_value)
    probe.client("dynamodb").get_item(TableName=table, Key={"id": {"S": "x"}})
    assert "Item" in asked
    assert not set(asked) & {"S", "N", "M", "BOOL"}


def test_condition_that_came_before_is_not_cut_into_words_again(
    probe: Probe, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of a condition are kept, and its names and values are each request's own."""
    client, cut = probe.client("dynamodb"), list[str]()
    original = ConditionExpressionParser._lex_one_node

    def counted(parser: Any, rest: str) -> Any:
        cut.append(rest)
        return original(parser, rest)

    monkeypatch.setattr(ConditionExpressionParser, "_lex_one_node", counted)
    client.put_item(TableName=table, Item={"id": {"S": "one"}, "a": {"N": "1"}, "b": {"N": "2"}})

    def holds(name: str, value: str) -> bool:
        try:
            client.put_item(
                TableName=table,
                Item={"id": {"S": "one"}, "a": {"N": "1"}, "b": {"N": "2"}},
                ConditionExpression="attribute_exists(#n) AND #n IN (:wanted, :never) AND NOT #n < :wanted",
                ExpressionAttributeNames={"#n": name},
                ExpressionAttributeValues={":wanted": {"N": value}, ":never": {"N": "-1"}},
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    assert [holds("a", "1"), bool(cut)] == [True, True]
    cut.clear()
    assert [holds("a", "2"), holds("b", "2"), holds("b", "1"), holds("c", "1")] == [False, True, False, False]
    assert cut == []


def test_update_that_came_before_is_not_parsed_again(probe: Probe, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree of an update is kept, and one item's values never reach another item through it."""
    client, parsed = probe.client("dynamodb"), list[str]()
    original = ExpressionTokenizer.make_list

    def counted(expression: str) -> Any:
        parsed.append(expression)
        return original(expression)

    monkeypatch.setattr(ExpressionTokenizer, "make_list", counted)

    def append(item_id: str, said: str) -> dict[str, Any]:
        answer = client.update_item(
            TableName=table,
            Key={"id": {"S": item_id}},
            UpdateExpression="SET #l = list_append(if_not_exists(#l, :none), :said), latest = :first REMOVE gone",
            ExpressionAttributeNames={"#l": "log"},
            ExpressionAttributeValues={
                ":none": {"L": []},
                ":said": {"L": [{"S": said}]},
                ":first": {"S": said},
            },
            ReturnValues="ALL_NEW",
        )
        return {name: value for name, value in answer["Attributes"].items() if name in ("log", "latest")}

    assert append("one", "a") == {"log": {"L": [{"S": "a"}]}, "latest": {"S": "a"}}
    assert parsed
    parsed.clear()
    assert append("two", "b") == {"log": {"L": [{"S": "b"}]}, "latest": {"S": "b"}}
    assert append("one", "c") == {"log": {"L": [{"S": "a"}, {"S": "c"}]}, "latest": {"S": "c"}}
    assert parsed == []


def test_request_does_not_list_the_folder_of_services(
    probe: Probe, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which services there are does not change while they answer."""
    client, listed = probe.client("dynamodb"), list[Any]()
    client.get_item(TableName=table, Key={"id": {"S": "x"}})
    original = os.listdir

    def counted(path: Any) -> Any:
        listed.append(path)
        return original(path)

    monkeypatch.setattr(os, "listdir", counted)
    client.get_item(TableName=table, Key={"id": {"S": "x"}})
    assert not [path for path in listed if str(path).endswith("moto")]
