"""The example's ledger on an in-process mock of DynamoDB, its tools called as by their wrapper, and its script."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from boto3.dynamodb.conditions import Key
from jsonschema import Draft202012Validator
from moto import mock_aws
from tollgate.models.principal import Principal
from tollgate.models.tool import Tool
from tollgate.tool_runtime.code import CodeRunner
from tollgate.tool_runtime.tool_call import ToolCall

from local import ledger
from local.bedrock.rehearsal import Result, Turn
from local.rehearsals import invoice_reconciliation

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "lambdas" / "tools"
AGENT = yaml.safe_load((ROOT / "agents" / "invoice_reconciliation" / "agent.yaml").read_text("utf-8"))
TABLE, CALLS = "tollgate-test-ledger", "tollgate-test-calls"

MANIFESTS = {
    name: Tool.model_validate(yaml.safe_load((TOOLS / name / "tool.yaml").read_text())) for name in AGENT["tools"]
}


@contextmanager
def open_ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator["World"]:
    """A freshly seeded ledger, and nothing else in the account."""
    for name, value in {"LEDGER_TABLE": TABLE, "AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "x"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("kind", "id")],
        )
        boto3.client("dynamodb").create_table(
            TableName=CALLS,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "call", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "call", "AttributeType": "S"}],
        )
        ledger.seed(TABLE, boto3.client("dynamodb"))
        yield World()


@dataclass
class World:
    """Calls tools and runs the agent's loop. `refuse`: tools that a person will not let happen, and why."""

    refuse: dict[str, str] = field(default_factory=dict)
    runners: dict[str, CodeRunner] = field(default_factory=dict)

    def call(self, tool: str, arguments: dict[str, Any], key: str = "") -> Any:
        """A tool's result, its arguments and its output checked as the wrapper would. An empty key is a new call's."""
        Draft202012Validator(MANIFESTS[tool].input_schema).validate(arguments)
        key = key or sha256(json.dumps([tool, arguments]).encode()).hexdigest()
        principal = Principal(id="ana", tenant="acme", kind="person")
        runner = self.runners.setdefault(tool, CodeRunner(TOOLS / tool))
        told = ToolCall("exe-1", "c0", 1, key, principal, 4_500, lambda: 30.0, lambda result: _done(key, result))
        result = runner.run(arguments, told)
        assert len(json.dumps(result)) < 3 * MANIFESTS[tool].output_limit_tokens
        return json.loads(json.dumps(result))

    def recorded(self, key: str) -> Any:
        """The result that the tool recorded together with its effect, or None."""
        item = boto3.client("dynamodb").get_item(TableName=CALLS, Key={"call": {"S": key}}).get("Item")
        return json.loads(item["result"]["S"]) if item else None

    def items(self, kind: str) -> list[dict[str, Any]]:
        """The ledger's items of one kind."""
        condition = Key("kind").eq(kind)
        items: list[dict[str, Any]] = (
            boto3.resource("dynamodb").Table(TABLE).query(KeyConditionExpression=condition)["Items"]
        )
        return items

    def run(self, document: str, task: str = "Reconcile the invoice.") -> tuple[dict[str, Any], list[Result]]:
        """The script's final answer to a document, held against the output schema, and all results on the way."""
        results: list[Result] = []
        for step in range(1, 8):
            reply = invoice_reconciliation.respond(Turn("", task, [], list(results), AGENT["tools"], step))
            if not reply.proposed:
                answer = json.loads(reply.text)
                Draft202012Validator(AGENT["output_schema"]).validate(answer)
                return answer, results
            results += [self._carry_out(call.name, call.arguments, document) for call in reply.proposed]
        raise AssertionError(f"no answer after {step} turns: {[result.name for result in results]}")

    def _carry_out(self, name: str, arguments: dict[str, Any], document: str) -> Result:
        if name in self.refuse:
            return _error(name, arguments, "rejected_by_person", f"ben refused {name}: {self.refuse[name]}.")
        given = {"document": document} if name == "read_invoice" else arguments
        try:
            value = self.call(name, given)
        except ValueError as error:
            return _error(name, arguments, "ValueError", str(error))
        return Result(name, arguments, value, json.dumps(value), False)


def _done(key: str, result: Any) -> dict[str, Any]:
    """The wrapper's record in short: a call is done once."""
    return {
        "Update": {
            "TableName": CALLS,
            "Key": {"call": {"S": key}},
            "UpdateExpression": "SET #result = :result",
            "ConditionExpression": "attribute_not_exists(#result)",
            "ExpressionAttributeNames": {"#result": "result"},
            "ExpressionAttributeValues": {":result": {"S": json.dumps(result)}},
        }
    }


def _error(name: str, arguments: dict[str, Any], error: str, message: str) -> Result:
    """A call that did not run or failed, as the model reads it."""
    value = {"error": error, "message": message, "attempts": 1}
    return Result(name, arguments, value, json.dumps(value), True)
