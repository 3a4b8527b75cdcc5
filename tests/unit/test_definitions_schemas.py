"""The published schemas are the models' own, and describe every field."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tollgate.definitions.examples import line_for
from tollgate.definitions.schemas import FORMATS, main, published, stale
from tollgate.definitions.source import parse

from tests.unit.definition_files import AGENT, FIND, PAY

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "schemas"


def test_published_schemas_are_not_stale() -> None:
    """Whoever changes a model writes the schemas again."""
    assert stale(PUBLISHED) == []


def test_stale_or_missing_file_fails_the_check(tmp_path: Path, capsys: Any) -> None:
    """The same command writes and checks."""
    assert main(["--out", str(tmp_path / "s"), "--check"]) == 1
    assert main(["--out", str(tmp_path / "s")]) == 0
    assert main(["--out", str(tmp_path / "s"), "--check"]) == 0
    (tmp_path / "s" / "tool.schema.json").write_text("{}")
    capsys.readouterr()
    assert main(["--out", str(tmp_path / "s"), "--check"]) == 1
    assert capsys.readouterr().err == (
        f"{tmp_path}/s/tool.schema.json: error: not what the models say. "
        f"write: `python -m tollgate.definitions.schemas --out {tmp_path}/s`\n"
    )


@pytest.mark.parametrize("name", FORMATS)
def test_every_field_is_described(name: str) -> None:
    """An editor shows what a field is for."""
    schema = published(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:tollgate:schema:{name}:1"
    for place in (schema, *schema["$defs"].values()):
        for field, part in place.get("properties", {}).items():
            inner = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
            assert inner.get("description"), f"{name}: {field}"


@pytest.mark.parametrize(("name", "text"), [("agent", AGENT), ("tool", FIND), ("tool", PAY)])
def test_good_files_satisfy_the_published_schema(name: str, text: str) -> None:
    """What `check` accepts, an editor does not mark."""
    schema = json.loads((PUBLISHED / f"{name}.schema.json").read_text())
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(parse(text, "f").value)) == []


@pytest.mark.parametrize("name", FORMATS)
def test_every_required_field_has_an_example(name: str) -> None:
    """The advice for a missing field is more than its name."""
    schema = published(name)
    for place in (schema, *schema["$defs"].values()):
        for field in place.get("required", []):
            assert "..." not in line_for(field) or len(line_for(field)) > len(field) + 12, field


def test_reference_names_every_field() -> None:
    """docs/definitions.md has a row for each field of each format."""
    text = (ROOT / "docs" / "definitions.md").read_text()
    for name in FORMATS:
        schema = published(name)
        for place in (schema, *schema["$defs"].values()):
            for field in place.get("properties", {}):
                assert f"`{field}`" in text, f"{name}: {field}"
