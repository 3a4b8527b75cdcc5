"""What a manifest says about itself and what files say about each other: a table of mistakes."""

# ruff: noqa: E501  a row of a table reads best on one line

from pathlib import Path

import pytest
from tollgate.definitions.check import check
from tollgate.definitions.stage import StageSettings

from tests.unit.definition_files import AGENT, FIND, HANDLER, PAY, STAGE, TODAY, agent, found, good, roots, shown, tool

PERMIT = "permissions: [{{actions: ['{action}'], resources: ['{resource}']}}]\n"
TABLE = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Prefix}-vendors"


def permit(action: str = "dynamodb:GetItem", resource: str = TABLE) -> str:
    """One line with one permission."""
    return PERMIT.format(action=action, resource=resource)


PAY_CASES = {
    "sink unknown": (
        ("sinks: [[vendor]", "sinks: [[vendr]"),
        "10: error: there is no argument `vendr` in `input_schema`. write: `vendor`",
    ),
    "sink group empty": (
        ("sinks: [[vendor]", "sinks: [[]"),
        "10: error: an empty group of sinks guards nothing. write: `[vendor_id, iban]`",
    ),
    "sinks missing": (
        ("sinks: [[vendor], [amount, currency]]\n", "sinks: []\n"),
        "10: warning: an effect without `sinks`: no argument's origin is looked at. "
        "write: `sinks: [[...]]` with the arguments that carry authority",
    ),
    "format unknown argument": (
        ("formats: {amount: {decimal: currency}}", "formats: {amonut: {decimal: currency}}"),
        "11: error: there is no argument `amonut` in `input_schema`. write: `amount`",
    ),
    "format unknown currency": (
        ("formats: {amount: {decimal: currency}}", "formats: {amount: {decimal: curency}}"),
        "11: error: there is no argument `curency` in `input_schema`. write: `currency`",
    ),
    "format on a number": (
        ("formats: {amount: {decimal: currency}}", "formats: {amount: iban}"),
        "11: error: `amount` has the format iban, but its type is integer or number. write: `type: string` for `amount`",
    ),
    "owner unknown": (
        ("on_retry: keyed", "owner: {argument: acount, claim: accounts}"),
        "13: error: there is no argument `acount` in `input_schema`. write: `amount`",
    ),
    "summary unknown": (
        ("summary: Pay {amount}", "summary: Pay {amuont}"),
        "14: error: the summary names `amuont`, which is no argument. write: `amount`",
    ),
    "summary expression": (
        ("summary: Pay {amount}", "summary: Pay {amount.real}"),
        "14: error: `{amount.real}` is more than an argument's name. write: `{name}` alone",
    ),
    "summary braces": (
        ("summary: Pay {amount}", "summary: Pay {amount"),
        "14: error: the summary has unmatched braces (unexpected '{' in field name). "
        "write: `{name}`, or `{{` for a brace",
    ),
    "approval never": (
        ("approval: auto", "approval: never"),
        "12: error: `approval: never` on a tool whose effect is write. "
        "write: `always`, or `auto` with a waiver in the agent's file",
    ),
    "trusted output": (
        ("on_retry: keyed", "trusted_output: [/iban]"),
        "13: error: an effect's output vouches for nothing, and the effect here is write. "
        "write: `trusted_output` in the manifest of a read",
    ),
    "idempotent effect": (
        ("on_retry: keyed", "on_retry: idempotent"),
        "13: warning: `on_retry: idempotent` lets a half-done effect run again. "
        "write: `keyed` or `verify`, unless a repeat changes nothing",
    ),
    "timeout long": (
        ("on_retry: keyed", "timeout_seconds: 61"),
        "13: warning: a call may take 61 seconds. "
        "write: at most 60, or a tool that starts the work and another that asks for it",
    ),
    "timeout too long": (
        ("on_retry: keyed", "timeout_seconds: 601\nretry: {max_attempts: 1}"),
        "13: error: a call may take 601 seconds. write: at most 600",
    ),
    "attempts too long": (
        ("on_retry: keyed", "timeout_seconds: 60\nretry: {max_attempts: 10, interval_seconds: 60}"),
        "14: error: 10 attempts of 60 seconds with their pauses take 31,260 seconds. "
        "write: fewer attempts or a shorter timeout: at most 840 seconds in all",
    ),
    "verify missing": (
        ("on_retry: keyed", "on_retry: verify"),
        "13: error: `on_retry: verify`, but handler.py has no function `verify`. "
        "write: `def verify(arguments, call):` in tools/pay/handler.py",
    ),
    "action wildcard": (
        ("on_retry: keyed\n", permit(action="dynamodb:*")),
        "13: error: the action `dynamodb:*` has a wildcard. write: each action by name: `dynamodb:GetItem`",
    ),
    "action of iam": (
        ("on_retry: keyed\n", permit(action="iam:PassRole")),
        "13: error: `iam:PassRole`: no tool gets actions of iam, kms, states, sts. "
        "write: the actions that the handler itself needs, without this one",
    ),
    "action of states": (
        ("on_retry: keyed\n", permit(action="states:SendTaskSuccess")),
        "13: error: `states:SendTaskSuccess`: no tool gets actions of iam, kms, states, sts. "
        "write: the actions that the handler itself needs, without this one",
    ),
    "action malformed": (
        ("on_retry: keyed\n", permit(action="GetItem")),
        "13: error: `GetItem` is not an action. write: `service:Action`, such as `dynamodb:GetItem`",
    ),
    "action in capitals": (
        ("on_retry: keyed\n", permit(action="IAM:PassRole")),
        "13: error: `IAM:PassRole` is not an action. write: `service:Action`, such as `dynamodb:GetItem`",
    ),
    "resource wildcard": (
        ("on_retry: keyed\n", permit(resource="*")),
        "13: error: the resource `*` has a wildcard. write: each resource in full: "
        "`arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Prefix}-<name>`",
    ),
    "resource placeholder": (
        ("on_retry: keyed\n", permit(resource="arn:aws:dynamodb:${AWS::Regoin}:1:table/x")),
        "13: error: there is no placeholder `${AWS::Regoin}`. write: `AWS::Region`",
    ),
    "resource no arn": (
        ("on_retry: keyed\n", permit(resource="vendors")),
        "13: error: the resource `vendors` is not an ARN. "
        "write: `arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Prefix}-<name>`",
    ),
    "own table": (
        ("on_retry: keyed\n", permit(resource="arn:aws:dynamodb:eu-west-1:1:table/${Prefix}-calls")),
        "13: error: `arn:aws:dynamodb:eu-west-1:1:table/${Prefix}-calls` is Tollgate's own table, "
        "which no tool may touch. write: a table of the tool's own",
    ),
    "own function": (
        (
            "on_retry: keyed\n",
            permit(action="lambda:InvokeFunction", resource="arn:aws:lambda:eu-west-1:1:function:${Prefix}-tool-pay"),
        ),
        "13: error: `arn:aws:lambda:eu-west-1:1:function:${Prefix}-tool-pay` is one of Tollgate's functions: "
        "calling it would pass by the gate. write: a function outside the stack, or a tool of its own",
    ),
    "endpoint": (
        ("on_retry: keyed", "environment: {AWS_ENDPOINT_URL_DYNAMODB: 'http://x'}"),
        "13: error: `AWS_ENDPOINT_URL_DYNAMODB` is the platform's: endpoints and start-up are not the tool's to set. "
        "write: a name of the tool's own, without an endpoint",
    ),
    "slack endpoint": (
        ("on_retry: keyed", "environment: {SLACK_API_URL: 'http://x'}"),
        "13: error: `SLACK_API_URL` is the platform's: endpoints and start-up are not the tool's to set. "
        "write: a name of the tool's own, without an endpoint",
    ),
    "start-up": (
        ("on_retry: keyed", "environment: {PYTHONPATH: /opt}"),
        "13: error: `PYTHONPATH` is the platform's: endpoints and start-up are not the tool's to set. "
        "write: a name of the tool's own, without an endpoint",
    ),
    "secret name": (
        ("on_retry: keyed", "environment: {BANK_API_KEY: x}"),
        "13: error: `BANK_API_KEY` is named like a secret. "
        "write: the secret's ARN in `<NAME>_SECRET_ARN`, and a permission to read it",
    ),
    "secret value": (
        ("on_retry: keyed", "environment: {URL: 'postgres://app:hunter2@db/x'}"),
        "13: error: `URL` seems to hold a password in a URL. "
        "write: the secret's ARN in `<NAME>_SECRET_ARN`, and a permission to read it",
    ),
    "environment placeholder": (
        ("on_retry: keyed", "environment: {TABLE: '${Prefx}-vendors'}"),
        "13: error: there is no placeholder `${Prefx}`. write: `Prefix`",
    ),
    "field of another kind": (
        ("on_retry: keyed", "hosts: [api.example.com]"),
        "13: error: `hosts` means nothing for kind lambda. write: no `hosts`, or another kind",
    ),
    "fallback itself": (
        ("on_retry: keyed", "fallback: pay"),
        "13: error: the fallback is the tool itself. write: another tool, or no `fallback`",
    ),
    "fallback missing": (
        ("on_retry: keyed", "fallback: fnd"),
        "13: error: there is no tool `fnd`. write: `find`",
    ),
}

AGENT_CASES = {
    "tool missing": (
        ("tools: [find, pay]", "tools: [find, pay, fnid]"),
        "11: error: there is no tool `fnid`. write: `find`",
    ),
    "tool twice": (
        ("tools: [find, pay]", "tools: [find, pay, find]"),
        "11: error: the tool `find` is listed twice. write: `find` once",
    ),
    "waiver unlisted": (
        ("tools: [find, pay]", "tools: [find]\nwaivers: {pay: {owner: ops, reason: x, review_by: 2027-06-30}}"),
        "12: error: a waiver for `pay`, which this agent does not list. write: one of: find",
    ),
    "waiver for a read": (
        ("tools: [find, pay]", "tools: [find, pay]\nwaivers: {find: {owner: ops, reason: x, review_by: 2027-06-30}}"),
        "12: error: a waiver for `find`, which only reads and never asks. write: no waiver",
    ),
    "waiver overdue": (
        ("tools: [find, pay]", "tools: [find, pay]\nwaivers: {pay: {owner: ops, reason: x, review_by: 2026-11-21}}"),
        "12: error: the waiver for `pay` was due for review on 2026-11-21. write: a new date after the review, or no waiver",
    ),
    "waiver due": (
        ("tools: [find, pay]", "tools: [find, pay]\nwaivers: {pay: {owner: ops, reason: x, review_by: 2026-12-22}}"),
        "12: warning: the waiver for `pay` is due for review in 30 days. write: a new date after the review",
    ),
    "waiver due today": (
        ("tools: [find, pay]", "tools: [find, pay]\nwaivers: {pay: {owner: ops, reason: x, review_by: 2026-11-22}}"),
        "12: warning: the waiver for `pay` is due for review today. write: a new date after the review",
    ),
    "waiver bound unknown": (
        (
            "tools: [find, pay]",
            "tools: [find, pay]\nwaivers: {pay: {owner: o, reason: x, review_by: 2027-06-30, below: {amout: 5}}}",
        ),
        "12: error: `pay` has no argument `amout`. write: `amount`",
    ),
    "rule unlisted": (
        ("tools: [find, pay]", "tools: [find, pay]\napprovals: {rules: [{tool: pya, quorum: 2}]}"),
        "12: error: a rule for `pya`, which this agent does not list. write: `pay`",
    ),
    "rule bound not numeric": (
        ("tools: [find, pay]", "tools: [find, pay]\napprovals: {rules: [{tool: pay, above: {vendor: 5}}]}"),
        "12: error: the argument `vendor` of `pay` is not a number. "
        "write: `type: number`, or `formats: {vendor: {decimal: <currency argument>}}` in its manifest",
    ),
    "approver malformed": (
        ("tools: [find, pay]", "tools: [find, pay]\napprovals: {approvers: [finance]}"),
        "12: error: `finance` names nobody. "
        "write: `user:<principal id>`, `role:<name>`, `slack:<U...>` or `slack_group:<S...>`",
    ),
    "user group in a user's place": (
        ("tools: [find, pay]", "tools: [find, pay]\napprovals: {approvers: ['slack:S0AUDIT']}"),
        "12: error: `slack:S0AUDIT` names nobody. "
        "write: `user:<principal id>`, `role:<name>`, `slack:<U...>` or `slack_group:<S...>`",
    ),
    "reminder after the end": (
        (
            "tools: [find, pay]",
            "tools: [find, pay]\napprovals: {timeout_seconds: 600, remind_after_seconds: [300, 600]}",
        ),
        "12: error: a reminder after 600 seconds, when the question stands for 600. write: less than 600",
    ),
    "quorum impossible": (
        ("tools: [find, pay]", "tools: [find, pay]\napprovals: {approvers: ['user:ann'], quorum: 2}"),
        "12: error: 2 people must agree, but only 1 may decide. write: at most 1, or more approvers",
    ),
    "approvals past the deadline": (
        ("tools: [find, pay]", "tools: [find, pay]\napprovals: {timeout_seconds: 300000}"),
        "12: warning: approvals stand longer than the execution's deadline. "
        "write: at most 259200, the `deadline_seconds` above",
    ),
    "tokens": (
        ("tokens: 120000", "tokens: 49999"),
        "5: warning: `tokens: 49999` is outside the usual range. write: 50,000 to 200,000, unless measured",
    ),
    "active seconds": (
        ("active_seconds: 1200", "active_seconds: 1801"),
        "5: warning: `active_seconds: 1801` is outside the usual range. write: 900 to 1,800, unless measured",
    ),
    "deadline": (
        ("deadline_seconds: 259200}", "deadline_seconds: 100}\napprovals: {timeout_seconds: 100}"),
        "5: warning: the deadline comes before the active seconds are used up. "
        "write: at least 1200, more if people must approve",
    ),
    "personal field of no input": (
        ("tools: [find, pay]", "tools: [find, pay]\npersonal_fields: [/taks]"),
        "12: warning: the input has no `/taks`; only a tool's output could. write: `/task`, if the input was meant",
    ),
    "personal field of a foreign tool": (
        ("tools: [find, pay]", "tools: [find]\npersonal_fields: [/pay/contact]"),
        "12: warning: `/pay/contact` points into the output of `pay`, which is none of the agent's tools. "
        "write: `pay` in `tools`, or no such pointer",
    ),
    "personal field of tool and input": (
        (
            "  properties: {task: {type: string, x-tollgate-origin: instruction}}",
            "  properties: {task: {type: string, x-tollgate-origin: instruction}, find: {}}\n"
            "personal_fields: [/find/contact]",
        ),
        "10: warning: `find` is a tool and a field of the input; `/find/contact` holds for the tool's output only. "
        "write: another name for the field",
    ),
    "personal field": (
        ("tools: [find, pay]", "tools: [find, pay]\npersonal_fields: [buyer.contact]"),
        "12: error: `buyer.contact` is not a JSON Pointer. write: `/buyer/contact`",
    ),
    "personal root": (
        ("tools: [find, pay]", "tools: [find, pay]\npersonal_fields: ['']"),
        "12: error: an empty pointer would redact everything. write: `/buyer/contact`",
    ),
    "knowledge": (
        ("tools: [find, pay]", "tools: [find, pay]\nmemory:\n  knowledge: policies"),
        "13: error: `memory.knowledge`: not yet enforced. write: `memory` without `knowledge`",
    ),
    "model alias": (
        ("alias: reasoning", "alias: resoning"),
        "4: error: this stage has no model alias `resoning`. write: `reasoning`",
    ),
    "schema type": (
        ("task: {type: string", "task: {type: strng"),
        "9: error: there is no type 'strng'. write: `string`",
    ),
    "scope condition": (
        ("tools: [find, pay]", "tools: [find, pay]\nscope:\n  refuse:\n  - when: {pattern: '(a+)+$'}\n    message: no"),
        "14: error: the pattern (a+)+$ can take exponential time: a repeat inside a repeat reads the same text. "
        "write: the pattern with one repeat, or with a separator between the rounds",
    ),
}


@pytest.mark.parametrize(("change", "expected"), PAY_CASES.values(), ids=list(PAY_CASES))
def test_mistake_in_a_manifest_is_told(tmp_path: Path, change: tuple[str, str], expected: str) -> None:
    """One mistake in an otherwise good tool, one problem."""
    assert change[0] in PAY
    tool(tmp_path, FIND)
    tool(tmp_path, PAY.replace(*change))
    assert found(tmp_path) == [f"tools/pay/tool.yaml:{expected}"]


@pytest.mark.parametrize(("change", "expected"), AGENT_CASES.values(), ids=list(AGENT_CASES))
def test_mistake_in_an_agent_is_told(tmp_path: Path, change: tuple[str, str], expected: str) -> None:
    """One mistake in an otherwise good agent, one problem."""
    assert change[0] in AGENT
    good(tmp_path)
    (tmp_path / "agents" / "clerk" / "agent.yaml").write_text(AGENT.replace(*change))
    problems = check(roots(tmp_path), StageSettings.model_validate(STAGE), TODAY)
    assert shown(tmp_path, problems) == [f"agents/clerk/agent.yaml:{expected}"]


def test_personal_fields_of_the_input_or_of_tools_are_good(tmp_path: Path) -> None:
    """What a tool returns has no schema, so what the input lacks may be there."""
    agent(tmp_path, AGENT + "personal_fields: [/task, /find/contact/*, /buyer/contact]\n")
    tool(tmp_path, FIND)
    tool(tmp_path, PAY)
    assert found(tmp_path) == []


def test_a_personal_field_that_nothing_can_have_is_refused(tmp_path: Path) -> None:
    """Without tools there is the input alone."""
    agent(tmp_path, AGENT.replace("tools: [find, pay]", "tools: []") + "personal_fields: [/task/name]\n")
    assert found(tmp_path) == [
        "agents/clerk/agent.yaml:12: error: `/task/name` never matches: the input has no such field, and there is no "
        "tool. write: a field of `input_schema`"
    ]


def test_waiver_for_a_tool_that_always_asks_is_refused(tmp_path: Path) -> None:
    """Both files must agree before an effect runs unasked."""
    agent(tmp_path, AGENT + "waivers: {pay: {owner: ops, reason: x, review_by: 2027-06-30}}\n")
    tool(tmp_path, FIND)
    tool(tmp_path, PAY.replace("approval: auto", "approval: always"))
    assert found(tmp_path) == [
        "agents/clerk/agent.yaml:12: error: a waiver for `pay`, whose manifest says `approval: always`. "
        "write: `approval: auto` in tools/pay/tool.yaml, or no waiver"
    ]


def test_decimal_text_counts_as_a_number(tmp_path: Path) -> None:
    """Money is often a text; its declared format makes it comparable."""
    agent(tmp_path, AGENT + "approvals: {rules: [{tool: pay, above: {amount: 100}}]}\n")
    tool(tmp_path, FIND)
    tool(tmp_path, PAY.replace("amount: {type: number}", "amount: {type: string}"))
    assert found(tmp_path) == []


def test_more_than_twenty_tools_is_a_warning(tmp_path: Path) -> None:
    """Twenty are silent, twenty-one are told."""
    names = [f"t{number}" for number in range(21)]
    for name in names:
        tool(tmp_path, FIND.replace("name: find", f"name: {name}"))
    agent(tmp_path, AGENT.replace("[find, pay]", f"[{', '.join(names[:20])}]"))
    assert found(tmp_path) == []
    agent(tmp_path / "more", AGENT.replace("[find, pay]", f"[{', '.join(names)}]"))
    (tmp_path / "more" / "agents" / "clerk" / "agent.yaml").replace(tmp_path / "agents" / "clerk" / "agent.yaml")
    assert found(tmp_path) == [
        "agents/clerk/agent.yaml:11: warning: 21 tools: models choose worse among more than 20. "
        "write: fewer tools, or two agents"
    ]


def test_unusable_tool_is_not_also_missing(tmp_path: Path) -> None:
    """One mistake is told once, where it is."""
    agent(tmp_path)
    tool(tmp_path, FIND)
    tool(tmp_path, PAY.replace("effect: write", "effect: wrote"))
    assert [line.partition(":")[0] for line in found(tmp_path)] == ["tools/pay/tool.yaml"]


def test_unreadable_schema_is_told_once(tmp_path: Path) -> None:
    """Other rules do not stumble over a schema that its own rule refused."""
    agent(tmp_path)
    tool(tmp_path, FIND)
    tool(tmp_path, PAY.replace("vendor: {type: string}", "vendor: {$ref: 'https://example.com/vendor'}"))
    assert found(tmp_path) == [
        "tools/pay/tool.yaml:9: error: the reference 'https://example.com/vendor' leads out of the schema; "
        "nothing is fetched. write: `#/$defs/<name>`, with the schema copied into `$defs`"
    ]


def test_rings_of_fallbacks_are_refused(tmp_path: Path) -> None:
    """Every tool of the ring is told; one that only leads into it is not part of it."""
    for name, other in (("a", "b"), ("b", "c"), ("c", "b")):
        tool(tmp_path, FIND.replace("name: find", f"name: {name}") + f"fallback: {other}\n")
    assert found(tmp_path) == [
        "tools/b/tool.yaml:11: error: the fallbacks form a ring: b -> c -> b. write: a last tool without `fallback`",
        "tools/c/tool.yaml:11: error: the fallbacks form a ring: c -> b -> c. write: a last tool without `fallback`",
    ]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (FIND, None),
        (FIND.replace("account: {type: string}", "account: {type: [string, integer]}, more: {type: string}"), None),
        (FIND.replace("effect: read", "effect: external\nsinks: [[vendor]]").replace("trusted_output: [/iban]\n", ""), "the fallback `other` has the effect external, which is stronger than read. write: a tool whose effect is read or weaker"),
        (FIND.replace("[vendor]", "[vendor, account]"), "`other` requires `account`, which this tool may lack. write: `account` in `required` here, or a fallback that does without it"),
        (FIND.replace("[vendor]", "[vendor, day]").replace("account:", "day: {type: string}, account:"), "`other` requires `day`, which this tool does not have. write: `day` in `required` here, or a fallback that does without it"),
        (FIND.replace(", account: {type: string}", ""), "`other` does not accept the argument `account`. write: `account` in its `input_schema`, or another fallback"),
        (FIND.replace("account: {type: string}", "account: {type: integer}"), "`other` takes `account` as integer, but here it may be string. write: the same schema in both tools"),
        (FIND.replace("account: {type: string}", "account: {type: string, enum: [x]}"), "`other` takes only some values of `account`. write: the same schema in both tools"),
    ],
    ids=["same", "wider", "stronger", "requires", "requires new", "refuses", "type", "enum"],
)  # fmt: skip
def test_fallback_accepts_what_its_tool_accepts(tmp_path: Path, other: str, expected: str | None) -> None:
    """A fallback that would refuse the arguments, or do more, is no fallback."""
    tool(tmp_path, FIND + "fallback: other\n")
    tool(tmp_path, other.replace("name: find", "name: other"))
    assert found(tmp_path) == ([f"tools/find/tool.yaml:11: error: {expected}"] if expected else [])


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("from pay_impl import handle, verify\n", None),
        ("handle = verify = make()\n", None),
        ("def handle(arguments, call, more=1): ...\ndef verify(*args): ...\n", None),
        (HANDLER, "pay/tool.yaml:13: error: `on_retry: verify`, but handler.py has no function `verify`. write: `def verify(arguments, call):` in tools/pay/handler.py"),
        ("def verify(a, b): ...\n", "pay/handler.py:1: error: handler.py has no function `handle`. write: `def handle(arguments, call):`"),
        ("def verify(a, b): ...\ndef handle(a): ...\n", "pay/handler.py:2: error: `handle` does not take two arguments. write: `def handle(arguments, call):`"),
        ("def verify(a, b): ...\nasync def handle(a, b): ...\n", "pay/handler.py:2: error: `handle` is async. write: `def handle(arguments, call):`"),
        ("x = 1\ndef handle(a, b:\n", "pay/handler.py:2: error: this is not valid Python ('(' was never closed). write: the line again"),
    ],
    ids=["imported", "assigned", "optional", "no verify", "no handle", "one argument", "async", "syntax"],
)  # fmt: skip
def test_handler_defines_what_the_wrapper_calls(tmp_path: Path, handler: str, expected: str | None) -> None:
    """The handler is read, not run: it may import what only its function has."""
    tool(tmp_path, PAY.replace("on_retry: keyed", "on_retry: verify"), handler=handler)
    assert found(tmp_path) == ([f"tools/{expected}"] if expected else [])


def test_read_that_may_write_is_a_warning(tmp_path: Path) -> None:
    """The declared effect is what the gate goes by, so a role that says otherwise is pointed out."""
    tool(tmp_path, FIND + permit(action="dynamodb:PutItem"))
    assert found(tmp_path) == [
        "tools/find/tool.yaml:11: warning: `effect: read`, but the role may call `dynamodb:PutItem`. "
        "write: the tool's true effect, if this action changes anything"
    ]


HTTP = FIND.replace("kind: lambda", "kind: http")
MCP = FIND.replace("kind: lambda", "kind: mcp")
DIGEST = "sha256:" + "0" * 64
ONLY_LOCAL = (
    "warning: `127.0.0.1` is reached by the local stack only; a deployed function refuses it. "
    "write: the service's own host before this tool is deployed"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FIND.replace("kind: lambda", "kind: function_arn"), ["1: error: a tool of kind function_arn needs `function_arn`. write: `function_arn: arn:aws:lambda:eu-central-1:123456789012:function:orders`"]),
        (FIND.replace("kind: lambda", "kind: function_arn\nfunction_arn: orders"), ["5: error: `orders` is not a function's ARN. write: `function_arn: arn:aws:lambda:eu-central-1:123456789012:function:orders`"]),
        (FIND.replace("kind: lambda", "kind: function_arn\nfunction_arn: 'arn:aws:lambda:eu-central-1:123456789012:function:orders:live'"), []),
        (FIND.replace("kind: lambda", "kind: function_arn\nfunction_arn: 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:orders'"), []),
        (FIND.replace("kind: lambda", "kind: function_arn\nfunction_arn: 'arn:aws:lambda:eu-central-1:123456789012:function:${Prefix}-task-reason'"), ["5: error: `arn:aws:lambda:eu-central-1:123456789012:function:${Prefix}-task-reason` is one of Tollgate's own functions. write: a function outside the stack"]),
        (FIND + "on_retry: verify\n", ["11: error: `on_retry: verify`, but handler.py has no function `verify`. write: `def verify(arguments, call):` in tools/find/handler.py"]),
        (HTTP + "hosts: [api.example.com]\noperation: {method: GET, url: 'https://api.example.com/v/{vendor}', query: [account]}\n", []),
        (HTTP + "hosts: [api.example.com]\noperation: {method: POST, url: 'https://api.example.com/v'}\n", ["12: error: `effect: read` with the method POST. write: GET or HEAD, or the operation's true effect"]),
        (HTTP + "hosts: [api.example.com]\noperation: {method: GET, url: 'http://api.example.com/v'}\n", ["12: error: `http://api.example.com/v` does not start with https://. write: `https://...`"]),
        (HTTP + "hosts: [api.example.com]\noperation: {method: GET, url: 'https://evil.example.com/v'}\n", ["12: error: the host `evil.example.com` is not in `hosts`. write: `hosts: [evil.example.com]`"]),
        (HTTP + "hosts: [api.example.com]\noperation: {method: GET, url: 'https://{vendor}.example.com/v'}\n", ["12: error: the host part of `https://{vendor}.example.com/v` has an argument, a user or a port. write: a fixed host; arguments go into the path or the query"]),
        (HTTP + "hosts: [api.example.com]\noperation: {method: GET, url: 'https://api.example.com/{vendr}'}\n", ["12: error: the operation names `vendr`, which is no argument. write: `vendor`"]),
        (HTTP + "hosts: [169.254.169.254]\noperation: {method: GET, url: 'https://169.254.169.254/x'}\n", ["11: error: `169.254.169.254` is not a host's name in lower case: no scheme, port, address or wildcard. write: `api.example.com`"]),
        (HTTP + "hosts: [api.example.com]\n", ["1: error: a tool of kind http needs `operation`. write: `operation: {method: GET, url: 'https://api.example.com/v1/orders/{order_id}'}`"]),
        (HTTP + "hosts: [127.0.0.1]\noperation: {method: GET, url: 'http://127.0.0.1:8080/v'}\n", [f"11: {ONLY_LOCAL}"]),
        (HTTP + "hosts: [api.example.com]\noperation: {method: GET, url: 'https://api.example.com:8443/v'}\n", ["12: error: the host part of `https://api.example.com:8443/v` has an argument, a user or a port. write: a fixed host; arguments go into the path or the query"]),
        (HTTP + "hosts: [api.example.com]\noperation: {method: GET, url: 'https://api.example.com/v'}\nsecret: {name: erp, header: Host}\n", ["13: error: a secret cannot be sent as the header `Host`. write: `Authorization`, or the header the service asks for"]),
        (MCP + f"url: https://mcp.example.com/mcp\ntool: find\nhosts: [mcp.example.com]\ndigest: {DIGEST}\n", []),
        (MCP + "url: https://mcp.example.com/mcp\ntool: find\nhosts: [mcp.example.com]\ndigest: latest\n", ["14: error: `latest` is not a digest. write: `digest: sha256:<64 hex digits>` of the server's schema and description"]),
        (MCP + "url: https://mcp.example.com/mcp\ntool: find\nhosts: [mcp.example.com]\n", ["1: error: a tool of kind mcp needs `digest`. write: `digest: sha256:<64 hex digits>` of the server's schema and description"]),
    ],
)  # fmt: skip
def test_each_kind_has_its_own_fields(tmp_path: Path, text: str, expected: list[str]) -> None:
    """Required, surplus and unfit fields of every kind."""
    tool(tmp_path, text)
    assert found(tmp_path) == [f"tools/find/tool.yaml:{line}" for line in expected]


def test_any_workflow_is_refused_as_not_yet_enforced(tmp_path: Path) -> None:
    """A file that nothing would run is not accepted in silence."""
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / "nightly.yaml").write_text(
        "schema_version: 1\nname: nightly\ndescription: d\ninput_schema: {type: object}\nsteps: [{id: a, tool: find}]\n"
        "limits: {tokens: 1, usd: 1, steps: 1, active_seconds: 1, deadline_seconds: 1}\n"
    )
    where = roots(tmp_path).__class__(workflows=(folder,))
    assert found(tmp_path, where) == ["workflows/nightly.yaml:1: error: workflows: not yet enforced. write: an agent"]


@pytest.mark.parametrize("approval", ["always", "auto", "never"])
def test_read_may_say_any_approval(tmp_path: Path, approval: str) -> None:
    """An author may ask more often than needed."""
    tool(tmp_path, FIND + f"approval: {approval}\n")
    assert found(tmp_path) == []


@pytest.mark.parametrize("name", ["LDAP_URL", "TOKENS_PER_PAGE", "BANK_SECRET_ARN", "TABLE", "AWSOME", "PATHS"])
def test_plain_settings_are_allowed_in_the_environment(tmp_path: Path, name: str) -> None:
    """Names that only look like reserved ones, and names that point at a secret."""
    tool(tmp_path, FIND + f"environment: {{{name}: '${{Prefix}}-x'}}\n")
    assert found(tmp_path) == []


def test_problems_come_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    """The same files give the same text, whatever the order of the rules."""
    tool(tmp_path, FIND.replace("name: find", "name: zoo") + "summary: '{x}'\nfallback: zoo\n")
    tool(tmp_path, FIND + "fallback: find\n")
    lines = [line.partition(" ")[0] for line in found(tmp_path)]
    assert lines == ["tools/find/tool.yaml:11:", "tools/zoo/tool.yaml:11:", "tools/zoo/tool.yaml:12:"]


def test_agent_without_any_tool_there_is_told_where_one_belongs(tmp_path: Path) -> None:
    """Nothing can be meant instead, so the place of a manifest is named, and the setting that may be wrong."""
    agent(tmp_path, AGENT.replace("[find, pay]", "[find]"))
    assert found(tmp_path) == [
        "agents/clerk/agent.yaml:11: error: there is no tool `find`. write: its manifest, `find/tool.yaml`, in the "
        "folder of the tools, where none can be read; or name the right folder (`tools` in cdk.json, TOLLGATE_TOOLS)"
    ]


def test_name_where_nothing_can_be_named_is_told_what_to_write(tmp_path: Path) -> None:
    """Every sentence can be followed: a name to declare, or a line to leave out."""
    lone = FIND.replace("{vendor: {type: string}, account: {type: string}}", "{}").replace("[vendor]", "[]")
    tool(tmp_path, lone + "fallback: other\nsummary: Find {vendor}\nsinks: [[vendor]]\n")
    limits = "call_limits: {find: {per: {}}}\n"
    rules = "approvals: {approvers: [role:finance], rules: [{tool: find, quorum: 1}]}\n"
    waivers = "waivers: {find: {owner: ops, reason: x, review_by: 2027-06-30}}\n"
    agent(tmp_path, AGENT.replace("[find, pay]", "[]") + limits.replace("{per: {}}", "{}") + rules + waivers)
    told = found(tmp_path)
    assert {line.partition("error: ")[2] for line in told} >= {
        "there is no tool `other`. write: no `fallback`: there is no other tool",
        "the summary names `vendor`, which is no argument. write: `vendor: {...}` in `properties` of its `input_schema`, "
        "which names none",
        "there is no argument `vendor` in `input_schema`. write: `vendor: {...}` in `properties` of its `input_schema`, "
        "which names none",
        "a waiver for `find`, which this agent does not list. write: `find` in `tools`, which is empty",
        "a rule for `find`, which this agent does not list. write: `find` in `tools`, which is empty",
        "limits for `find`, which this agent does not list. write: `find` in `tools`, which is empty",
    }
