"""What belongs to one record of a tool's output, and what does not."""

from typing import Any

import pytest
from tollgate.screening.records import records


def found(pointers: list[str], output: Any) -> list[dict[str, list[Any]]]:
    """Each record as field name -> values."""
    result = []
    for record in records(pointers, output):
        fields: dict[str, list[Any]] = {}
        for field in record:
            fields.setdefault(field.name, []).append(field.value)
        result.append(fields)
    return result


ORDERS = {"orders": [{"id": 1, "iban": "A", "lines": [{"sum": 5}, {"sum": 6}]}, {"id": 2, "iban": "B", "lines": []}]}


@pytest.mark.parametrize(
    ("pointers", "output", "expected"),
    [
        (["/vendor/id", "/vendor/iban"], {"vendor": {"id": 1, "iban": "A"}}, [{"id": [1], "iban": ["A"]}]),
        (["/orders/*/id", "/orders/*/iban"], ORDERS, [{"id": [1], "iban": ["A"]}, {"id": [2], "iban": ["B"]}]),
        (["/orders/*/lines/*/sum", "/orders/*/id"], ORDERS,
         [{"id": [1]}, {"id": [2]}, {"id": [1], "sum": [5]}, {"id": [1], "sum": [6]}]),
        ([""], "A", [{"": ["A"]}]),
        ([""], {"a": 1}, []),
        ([""], ["A"], []),
        (["/*"], ["A", "B"], [{"": ["A", "B"]}]),
        (["/*/who/*"], [{"who": ["A", "B"]}], [{"who": ["A", "B"]}]),
        (["/who"], {"who": ["A", "B"]}, [{"who": ["A", "B"]}]),
        (["/who"], {"who": [{"x": 1}, None, True, "", "A"]}, [{"who": ["A"]}]),
        (["/vendors/*/id"], {"vendors": {"x": {"id": 1}, "y": {"id": 2}}}, [{"id": [1]}, {"id": [2]}]),
        (["/a~1b/m~0n"], {"a/b": {"m~n": 7}}, [{"m~n": [7]}]),
        (["/0/id"], [{"id": 1}, {"id": 2}], [{"id": [1]}]),
        (["/5/id"], [{"id": 1}], []),
        (["/vendor/id"], None, []),
        (["/vendor/id"], "vendor id", []),
        (["/vendor/id"], {"vendor": None}, []),
        (["/vendor/ok"], {"vendor": {"ok": True}}, []),
        ([], {"a": 1}, []),
    ],
)  # fmt: skip
def test_fields_of_one_element_are_one_record(pointers: list[str], output: Any, expected: list[Any]) -> None:
    """An element below the last `*`, with what lies around it; nothing for a pointer that leads nowhere."""
    assert found(pointers, output) == expected


def test_two_branches_with_the_same_field_are_two_records() -> None:
    """The vendor's account does not go with the payee's id."""
    pointers = ["/vendor/id", "/vendor/iban", "/payee/id", "/payee/iban", "/order"]
    output = {"vendor": {"id": 1, "iban": "A"}, "payee": {"id": 2, "iban": "B"}, "order": "PO"}
    both = found(pointers, output)
    assert {"order": ["PO"], "id": [1], "iban": ["A"]} in both
    assert {"order": ["PO"], "id": [2], "iban": ["B"]} in both
    assert not any({"A", "B"} <= set(record.get("iban", [])) or len(record.get("id", [])) > 1 for record in both)
