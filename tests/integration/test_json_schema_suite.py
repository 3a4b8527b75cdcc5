"""The hot path's validator passes the official JSON-Schema-Test-Suite for draft 2020-12.

`make test` unpacks the suite from the source distribution of `jsonschema`, which carries it. A newer checkout is run
by `JSON_SCHEMA_TEST_SUITE=<folder> pytest tests/integration/test_json_schema_suite.py`.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from tollgate.screening import schema as hot_path

ROOT = Path(__file__).parents[2]
SUITE = Path(os.environ.get("JSON_SCHEMA_TEST_SUITE", ROOT / ".build" / "json-schema-suite"))
REMOTES = "http://localhost:1234/"
"""Where the suite's own README says that its remote schemas are to be found."""
FEWEST = 1_250
"""The suite only grows; fewer tests than this means that it was not unpacked whole."""


@dataclass(frozen=True)
class Row:
    """One test of the suite."""

    file: str
    title: str
    schema: Any
    data: Any
    valid: bool


def rows() -> Iterator[Row]:
    """Every required test of draft 2020-12."""
    for path in sorted((SUITE / "tests" / "draft2020-12").glob("*.json")):
        for group in json.loads(path.read_text("utf-8")):
            for test in group["tests"]:
                title = f"{path.name}: {group['description']}: {test['description']}"
                yield Row(path.name, title, group["schema"], test["data"], test["valid"])


@pytest.fixture(scope="module")
def suite() -> list[Row]:
    """The whole suite, or a failure that says how to get it."""
    found = list(rows())
    assert len(found) >= FEWEST, f"{SUITE} holds {len(found)} tests; `make test` unpacks the suite"
    return found


def remote(uri: str) -> Any:
    """A remote schema of the suite, from its folder: nothing is fetched."""
    assert uri.startswith(REMOTES), uri
    return json.loads((SUITE / "remotes" / uri.removeprefix(REMOTES)).read_text("utf-8"))


def test_required_tests_with_formats_as_annotations_all_pass(suite: list[Row]) -> None:
    """The suite's own reading, where `format` is an annotation and remote schemas are served, has no failure."""
    options = hot_path.OPTIONS | {"validate_formats": False, "offline": False, "retriever": remote}
    wrong = [
        row.title
        for row in suite
        if jsonschema_rs.Draft202012Validator(row.schema, **options).is_valid(row.data) != row.valid
    ]
    assert wrong == []


def test_asserted_formats_differ_from_the_suite_only_where_it_says_annotation(suite: list[Row]) -> None:
    """As deployed, every answer is the suite's but for malformed formats, and a remote schema is never fetched.

    `vocabulary.json` is about metaschemas of one's own, which `check` refuses in definitions.
    """
    answers = {row.title: _refused(row) for row in suite}
    differing = [row for row in suite if answers[row.title] is row.valid and row.file != "vocabulary.json"]
    assert {row.file for row in differing} == {"format.json"}
    assert all("is only an annotation by default" in row.title and row.valid for row in differing)
    assert any(answer is None for answer in answers.values()), "the suite has schemas that refer to remote ones"


def _refused(row: Row) -> bool | None:
    """Whether the value is refused as in production; None when the schema needs a document that it does not hold."""
    try:
        return bool(hot_path.violations(row.schema, row.data))
    except jsonschema_rs.ValidationError as error:
        if "Retrieval is disabled" not in str(error):
            raise
        return None
