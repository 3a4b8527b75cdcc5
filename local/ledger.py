"""Fills the example's ledger table from a JSON file. Seeding again changes nothing that is there.

The table has the partition key `kind` and the sort key `id`, both strings; docs/invoice-agent.md lists the kinds.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SAMPLE = Path(__file__).parent.parent / "samples" / "ledger.json"

Item = dict[str, Any]


def seed(table_name: str, client: "DynamoDBClient", path: Path = SAMPLE) -> int:
    """Writes what is missing and returns how many items that were; an item that exists keeps what runs did to it."""
    return sum(_put(table_name, client, item) for item in items(path))


def items(path: Path = SAMPLE) -> list[Item]:
    """The table's items for a ledger file. Raises `ValueError` that names the file if it is not one."""
    try:
        ledger = json.loads(path.read_text("utf-8"), parse_float=Decimal)
        return list(_items(ledger))
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: not a ledger file ({error!r}); see samples/ledger.json for its form") from error


def _items(ledger: Item) -> Iterator[Item]:
    yield {"kind": "setting", "id": "tolerance", **ledger["tolerance"]}
    for vendor in ledger["vendors"]:
        yield {"kind": "vendor", **vendor}
        yield {"kind": "vendor_vat_id", "id": _plain(vendor["vat_id"]), "vendor_id": vendor["id"]}
        yield {"kind": "vendor_name", "id": _plain(vendor["name"]), "vendor_id": vendor["id"]}
    for order in ledger["orders"]:
        yield {"kind": "order", **order}
    for receipt in ledger["receipts"]:
        yield {"kind": "receipt", "id": f"{receipt['order_id']}#{receipt['receipt']}", **receipt}
    for posting in ledger["postings"]:
        key = f"{posting['vendor_id']}#{_plain(posting['invoice_number'])}"
        yield {"kind": "posting", "id": key, "idempotency_key": f"seed-{key}", **posting}


def _put(table_name: str, client: "DynamoDBClient", item: Item) -> bool:
    encode = TypeSerializer().serialize
    try:
        client.put_item(
            TableName=table_name,
            Item={name: encode(value) for name, value in item.items()},
            ConditionExpression="attribute_not_exists(id)",
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _plain(text: str) -> str:
    """Letters and digits in upper case: the tools look up by this form."""
    return "".join(character for character in text.upper() if character.isalnum())
