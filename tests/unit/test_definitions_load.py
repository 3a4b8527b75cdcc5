"""Each file by itself: required fields, types, names, and what to write instead."""

from pathlib import Path

import pytest
from tollgate.definitions.load import Roots, load

from tests.unit.definition_files import AGENT, FIND, PAY, agent, found, good, roots, tool

AGENT_CASES = [
    ("name: clerk\n", "", "1: error: the required field `name` is missing. write: `name: ` and the folder's name"),
    (
        "schema_version: 1",
        "schema_version: 2",
        "1: error: `schema_version` is 2. write: 1",
    ),
    ("schema_version: 1", 'schema_version: "1"', "1: error: `schema_version` is '1'. write: 1"),
    ("tools: [find, pay]", "tolls: [find, pay]", "11: error: there is no field `tolls`. write: `tools`"),
    (
        "temperature: 0.2",
        "temprature: 0.2",
        "4: error: there is no field `temprature` in `model`. write: `temperature`",
    ),
    (
        "temperature: 0.2",
        "temperature: hot",
        "4: error: `temperature` is 'hot', not a number. write: a number without quotes",
    ),
    ("temperature: 0.2", "temperature: 3", "4: error: `temperature` is 3. write: a number at most 2.0"),
    (
        "usd: 2.0, ",
        "",
        "5: error: the required field `usd` is missing in `limits`. write: `usd: 2.0`",
    ),
    (
        "tokens: 120000",
        'tokens: "120000"',
        "5: error: `tokens` is '120000', not a whole number. write: a whole number, without quotes or fraction",
    ),
    ("steps: 25", "steps: 0", "5: error: `steps` is 0. write: a number more than 0"),
    (
        "steps: 25",
        "steps: 2.5",
        "5: error: `steps` is 2.5, not a whole number. write: a whole number, without quotes or fraction",
    ),
    ("steps: 25", "steps: 999", "5: error: `steps` is 999. write: a number at most 200"),
    ("tools: [find, pay]", "tools: find", "11: error: `tools` is 'find', not a list. write: `[find]`"),
    ("tools: [find, pay]", "tools: find, pay", "11: error: `tools` is 'find, pay', not a list. write: `[find, pay]`"),
    ("tools: [find, pay]", "tools: 5", "11: error: `tools` is 5, not a list. write: `[...]`"),
    ("tools: [find, pay]", "tools: [find, 7]", "11: error: `1` is 7, not a text. write: the value in quotes"),
    (
        "tools: [find, pay]",
        "tools: [find, pay]\nwaivers: {pay: {owner: ops, reason: x, review_by: soon}}",
        "12: error: `review_by` is 'soon', not a date. write: `\"2027-06-30\"`",
    ),
    (
        "tools: [find, pay]",
        "tools: [find, pay]\napprovals: {requester_may_approve: yes}",
        "12: error: `requester_may_approve` is 'yes', not true or false. write: `true` or `false`",
    ),
    (
        "tools: [find, pay]",
        "tools: [find, pay]\napprovals:\n  rules:\n  - {tool: pay, quroum: 2}",
        "14: error: there is no field `quroum` in `approvals.rules.0`. write: `quorum`",
    ),
    (
        "description: Pays invoices of known vendors.",
        "description: ''",
        "3: error: `description` is empty. write: `description: ` and one sentence that says what it does",
    ),
    ("name: clerk", "name: clark", "2: error: the name `clark` is not the folder's `clerk`. write: `clerk`"),
    (
        "name: clerk",
        "name: Clerk-1",
        "2: error: `name` is 'Clerk-1', which is not a name. "
        "write: lower-case letters, digits and underscores, a letter first, at most 40 characters",
    ),
    (
        "output_schema: {type: object, required: [status]}",
        "output_schema: 5",
        "10: error: `output_schema` is 5, not a mapping. write: `{name: value}`",
    ),
]

TOOL_CASES = [
    (
        "effect: write",
        "effect: wriet",
        "5: error: `effect` is 'wriet'. write: 'read', 'write', 'destructive' or 'external'",
    ),
    (
        "effect: write\n",
        "",
        "1: error: the required field `effect` is missing. write: `effect: read`, or write, destructive or external",
    ),
    (
        "kind: lambda",
        "kind: function",
        "4: error: `kind` is 'function'. write: 'lambda', 'function_arn', 'http' or 'mcp'",
    ),
    ("sinks:", "sink:", "10: error: there is no field `sink`. write: `sinks`"),
    (
        "formats: {amount: {decimal: currency}}",
        "formats: {amount: {integer: currency}}",
        "11: error: `amount` is a mapping, which is not one of its forms. "
        "write: `iban`, `date`, `email`, `url`, `account`, `text`, or `{decimal: <currency argument>}`",
    ),
    (
        "formats: {amount: {decimal: currency}}",
        "formats: {amount: money}",
        "11: error: `amount` is 'money', which is not one of its forms. "
        "write: `iban`, `date`, `email`, `url`, `account`, `text`, or `{decimal: <currency argument>}`",
    ),
    (
        "on_retry: keyed",
        "permissions: [{actions: [], resources: [x]}]",
        "13: error: `actions` is empty. write: `actions: [dynamodb:GetItem]`",
    ),
    (
        "on_retry: keyed",
        "retry: {max_attempts: 50}",
        "13: error: `max_attempts` is 50. write: a number at most 10",
    ),
    ("on_retry: keyed", "timeout_seconds: 0", "13: error: `timeout_seconds` is 0. write: a number at least 1"),
    ("on_retry: keyed", "environment: {DAYS: 5}", "13: error: `DAYS` is 5, not a text. write: the value in quotes"),
]


def test_good_files_have_no_problem(tmp_path: Path) -> None:
    """The files that the other tests spoil are good."""
    assert found(tmp_path, good(tmp_path)) == []


@pytest.mark.parametrize(("old", "new", "expected"), AGENT_CASES, ids=range(len(AGENT_CASES)))
def test_bad_agent_file_says_line_and_remedy(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """One mistake, one line, and the field or value to write."""
    assert old in AGENT
    agent(tmp_path, AGENT.replace(old, new), name="clerk")
    tool(tmp_path, FIND)
    tool(tmp_path, PAY)
    assert found(tmp_path) == [f"agents/clerk/agent.yaml:{expected}"]


@pytest.mark.parametrize(("old", "new", "expected"), TOOL_CASES, ids=range(len(TOOL_CASES)))
def test_bad_tool_file_says_line_and_remedy(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """One mistake, one line, and the field or value to write."""
    assert old in PAY
    tool(tmp_path, PAY.replace(old, new), name="pay")
    assert found(tmp_path) == [f"tools/pay/tool.yaml:{expected}"]


@pytest.mark.parametrize(
    "field", ["schema_version", "name", "description", "model", "limits", "input_schema", "output_schema", "tools"]
)
def test_every_required_field_of_an_agent_is_asked_for(tmp_path: Path, field: str) -> None:
    """The eight required fields of the contract, and no ninth."""
    agent(tmp_path, _without(AGENT, field), name="clerk")
    assert [line.partition(". write")[0] for line in found(tmp_path)] == [
        f"agents/clerk/agent.yaml:1: error: the required field `{field}` is missing"
    ]


@pytest.mark.parametrize("field", ["schema_version", "name", "description", "kind", "effect", "input_schema"])
def test_every_required_field_of_a_tool_is_asked_for(tmp_path: Path, field: str) -> None:
    """The six required fields of the contract, and no seventh."""
    tool(tmp_path, _without(FIND, field), name="find")
    assert [line.partition(". write")[0] for line in found(tmp_path)] == [
        f"tools/find/tool.yaml:1: error: the required field `{field}` is missing"
    ]


def test_quoted_and_unquoted_dates_are_dates(tmp_path: Path) -> None:
    """Where a date is expected, both forms are one."""
    for form in ("2027-06-30", '"2027-06-30"'):
        root = tmp_path / str(len(form))
        agent(root, AGENT + f"waivers: {{pay: {{owner: ops, reason: x, review_by: {form}}}}}\n")
        loaded = load(Roots(agents=(root / "agents",)))
        assert loaded.agents["clerk"].definition.waivers["pay"].review_by.isoformat() == "2027-06-30"


@pytest.mark.parametrize(
    ("instructions", "expected"),
    [
        (None, "the file is missing. write: what the model must do, in Markdown"),
        (" \n", "the instructions are empty. write: 1 to 64,000 bytes of Markdown"),
        ("x" * 64_001, "the file has 64,001 bytes. write: 1 to 64,000 bytes of Markdown"),
    ],
    ids=["missing", "empty", "long"],
)
def test_instructions_are_required(tmp_path: Path, instructions: str | None, expected: str) -> None:
    """An agent without a word to the model is no agent."""
    agent(tmp_path, instructions=instructions)
    assert found(tmp_path) == [f"agents/clerk/instructions.md:1: error: {expected}"]


def test_tool_with_code_needs_its_handler(tmp_path: Path) -> None:
    """Kind lambda is a handler beside the manifest."""
    tool(tmp_path, FIND, handler=None)
    assert found(tmp_path) == [
        "tools/find/tool.yaml:4: error: a tool of kind lambda needs the file tools/find/handler.py. "
        "write: handler.py with `def handle(arguments, call):`, or another kind"
    ]


def test_misnamed_manifest_is_told(tmp_path: Path) -> None:
    """A folder is not left out in silence because of a file's ending."""
    folder = tool(tmp_path, FIND)
    (folder / "tool.yaml").rename(folder / "tool.yml")
    assert found(tmp_path) == [
        "tools/find/tool.yml:1: error: the folder has no tool.yaml. write: `tool.yaml` as the file's name"
    ]


def test_folder_without_manifest_is_a_warning(tmp_path: Path) -> None:
    """Something else may lie there, but it is said."""
    folder = tmp_path / "tools" / "notes"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("x")
    assert found(tmp_path) == [
        "tools/notes:1: warning: the folder has no tool.yaml. write: `tool.yaml`, or move the folder elsewhere"
    ]


def test_missing_root_is_told(tmp_path: Path) -> None:
    """A misspelt root is no empty set of tools."""
    where = Roots(tools=(tmp_path / "toolz",))
    assert found(tmp_path, where) == ["toolz:1: error: there is no such folder. write: the path of a folder"]


def test_file_that_is_no_mapping_is_told(tmp_path: Path) -> None:
    """A list or a text is valid YAML and no definition."""
    tool(tmp_path, "- a\n- b\n", name="find")
    assert found(tmp_path) == [
        "tools/find/tool.yaml:1: error: the file is not a mapping of fields. write: `schema_version: 1` first"
    ]


def test_same_name_in_two_roots_is_refused(tmp_path: Path) -> None:
    """Which of two tools would run must not depend on the order of roots."""
    tool(tmp_path / "a", FIND)
    tool(tmp_path / "b", FIND)
    where = Roots(tools=(tmp_path / "a" / "tools", tmp_path / "b" / "tools"))
    assert found(tmp_path, where) == [
        "b/tools/find/tool.yaml:2: error: `find` is already defined in a/tools/find/tool.yaml. write: another name"
    ]


def test_root_that_is_a_definition_stands_for_it(tmp_path: Path) -> None:
    """The path of one agent's or tool's folder is accepted as a root."""
    where = Roots(agents=(agent(tmp_path),), tools=(tool(tmp_path, FIND), tool(tmp_path, PAY)))
    loaded = load(where)
    assert (set(loaded.agents), set(loaded.tools), loaded.problems) == ({"clerk"}, {"find", "pay"}, [])


def test_agents_and_tools_may_share_a_root(tmp_path: Path) -> None:
    """A folder of the other sort is simply not looked at."""
    tool(tmp_path, FIND)
    agent(tmp_path)
    (tmp_path / "agents" / "clerk").rename(tmp_path / "tools" / "clerk")
    where = Roots(agents=(tmp_path / "tools",), tools=(tmp_path / "tools",))
    loaded = load(where)
    assert (set(loaded.agents), set(loaded.tools), loaded.problems) == ({"clerk"}, {"find"}, [])


def test_json_is_accepted_as_it_is(tmp_path: Path) -> None:
    """A manifest that a program wrote needs no YAML."""
    text = '{"schema_version": 1, "name": "find", "description": "d", "kind": "lambda",\n'
    text += '"effect": "read", "input_schema": {}}'
    tool(tmp_path, text, name="find")
    assert load(roots(tmp_path)).tools["find"].manifest.effect == "read"


def _without(text: str, field: str) -> str:
    """The file without a field and the lines that belong to it."""
    kept, skipping = [], False
    for line in text.splitlines():
        skipping = line.startswith(f"{field}:") or (skipping and line.startswith(" "))
        if not skipping:
            kept.append(line)
    return "\n".join(kept) + "\n"
