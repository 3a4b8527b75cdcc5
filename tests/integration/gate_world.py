"""Gates on a local AWS: tables, a registry of one agent, a Slack stand-in, and words to ask and to decide.

The fixture `world` is one per test file; every test makes executions of its own.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tollgate import settlement
from tollgate.api import machine
from tollgate.approvals import wake
from tollgate.approvals.deciders import Deciders
from tollgate.approvals.request import build_approval
from tollgate.approvals.sweep import Sweep
from tollgate.canonical import fingerprint
from tollgate.definitions.json_schema import closed
from tollgate.definitions.registry import AgentEntry, PrincipalRule, Registry, SlackSettings, ToolEntry
from tollgate.models.agent import Agent, ApprovalRule, Approvals, ModelChoice
from tollgate.models.approval import Approval, Decider, Source
from tollgate.models.call import Call, CallState
from tollgate.models.execution import Execution, Limits
from tollgate.models.principal import Principal
from tollgate.models.tool import Tool
from tollgate.models.verdict import Reason
from tollgate.settings import Settings
from tollgate.slack import connection
from tollgate.slack.connection import Connection
from tollgate.slack.user_groups import UserGroups
from tollgate.store import artifacts, dynamodb
from tollgate.store.executions import new_execution_id
from tollgate.store.journal import screening_key
from tollgate.store.stores import Stores
from tollgate.tasks import request_approval

from local.moto_fixes.catalogue import install
from local.slack_standin.server import SlackStandIn
from tests.integration.moto_probe import Probe

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT_TOKEN = "xoxb-test"
BUCKET = "gate-artifacts"
SECRET = "gate/slack"

SCHEMAS: dict[str, list[tuple[str, str | None]]] = {
    "executions": [("execution_id", None), ("tenant", "created_key"), ("status", "created_key")],
    "journal": [("execution_id", "record")],
    "calls": [("tool_execution", "step_call")],
    "approvals": [
        ("approval_id", None),
        ("tenant", "created_key"),
        ("execution_id", "created_key"),
        ("due", "due_at"),
    ],
    "audit": [("approval_id", "entry"), ("tenant", "entry")],
    "gates": [("approval_id", None)],
    "memory": [("tenant", "memory_id")],
    "budgets": [("scope", None)],
}
INDEXES = {
    "executions": ["by_tenant", "by_status"],
    "approvals": ["by_tenant", "by_execution", "by_due"],
    "audit": ["by_tenant"],
}

ADA = Principal(id="ada", tenant="acme", kind="person", claims={"roles": ["finance"]})
BEN = Principal(id="ben", tenant="acme", kind="person", claims={"roles": ["finance"]})
EVE = Principal(id="eve", tenant="acme", kind="person", claims={"roles": ["sales"]})
LEA = Principal(id="lea", tenant="acme", kind="person", claims={"roles": ["finance_lead"]})
REQUESTER = Principal(id="rob", tenant="acme", kind="person", claims={"roles": ["finance"]})
ROBOT = Principal(id="batch", tenant="acme", kind="service", claims={"roles": ["finance", "admin"]})
STRANGER = Principal(id="sue", tenant="globex", kind="person", claims={"roles": ["finance", "admin"]})

FROM_THE_API = Source(door="api", address="192.0.2.1", client="test")
ARGUMENTS = {"vendor_id": "V-100", "amount": 1250.5, "currency": "EUR", "note": "March"}


class ShiftedClock:
    """The real time, moved by `shift` seconds."""

    def __init__(self) -> None:
        self.shift = 0.0

    def now(self) -> float:
        return time.time() + self.shift


class GateWorld:
    """Everything that a gate needs, and short words for tests."""

    def __init__(self, *, machine_arn: str = "", secret_id: str = "") -> None:
        self.clock = ShiftedClock()
        settings = Settings(
            **{f"{name}_table": f"gate-{name}" for name in SCHEMAS},
            bucket=BUCKET,
            slack_secret_id=secret_id,
            state_machine_arn=machine_arn,
            console_url="http://127.0.0.1:9/console",
        )
        self.stores = Stores(settings, self.clock)
        self.registry = registry()
        self.slack = Connection(settings, self.clock)
        self.deciders = Deciders(self.registry, UserGroups(self.slack, self.clock).is_member)

    def execution(self, agent: str = "payer", principal: Principal = REQUESTER) -> Execution:
        """A running execution that no machine runs."""
        execution = Execution(
            execution_id=new_execution_id(),
            agent=agent,
            agent_digest="sha256:0",
            principal=principal,
            input={"task": "pay"},
            limits=self.registry.agent(agent).definition.limits,
            created_at=self.clock.now(),
        )
        self.stores.executions.create(execution)
        return execution

    def asked(self, execution: Execution | None = None, **changes: Any) -> Call:
        """A call that waits for a person, screened and in the ledger."""
        return self._enter(self._call(execution or self.execution(), **changes))

    def _enter(self, call: Call) -> Call:
        """Into the ledger, with the screening that names it."""
        self.stores.calls.screened(call)
        body = {"number": call.round, "calls": [{"call_id": call.call_id, "tool": call.tool, "state": "ASKED"}]}
        key = screening_key(call.step, call.round)
        self.stores.journal.write(call.execution_id, key, "screening", body, step=call.step)
        return call

    def _question(self, execution: Execution, call: Call) -> Approval:
        return build_approval(
            execution=execution,
            agent=self.registry.agent(execution.agent).definition,
            tool=self.registry.tools[call.tool],
            call=call,
            now=self.clock.now(),
        )

    def _call(self, execution: Execution, seconds: float = 3600, **changes: Any) -> Call:
        fields: dict[str, Any] = {
            "step": 1,
            "call_id": "c0",
            "tool": "post_invoice",
            "arguments": ARGUMENTS,
            "round": 0,
        }
        fields |= changes
        expires_at = int(self.clock.now() + seconds)
        entry = self.registry.tools[fields["tool"]]
        return Call(
            execution_id=execution.execution_id,
            tool_use_id="tu-1",
            state=CallState.ASKED,
            fingerprint=fingerprint(
                tool=fields["tool"],
                manifest_digest=entry.digest,
                tenant=execution.tenant,
                execution_id=execution.execution_id,
                call_key=f"{fields['step']:06d}#{fields['call_id']}#{fields['round']}",
                arguments=fields["arguments"],
                expires_at=expires_at,
            ),
            policy_digest=entry.policy_digest,
            manifest_digest=entry.digest,
            expires_at=expires_at,
            principal=execution.principal,
            reasons=[Reason(rule="default_gate", message="this effect asks by default")],
            origins={"/vendor_id": {"from": "tool", "name": "lookup_vendor", "trusted": True}},
            **fields,
        )

    def request(self, call: Call, token: str = "token-of-nobody") -> Approval:
        """The approval after the task RequestApproval ran for this call."""
        event = {"execution": call.execution_id, "step": call.step, "call": call.call_id, "token": token, "attempt": 0}
        request_approval.run(self.stores, self.registry, event, self.slack)
        return self.approval(call)

    def open(self, **changes: Any) -> Approval:
        """A pending approval that no machine waits for and no card shows."""
        execution = changes.pop("execution", None) or self.execution()
        call = self._call(execution, **changes)
        approval = self._question(execution, call)
        self._enter(call.model_copy(update={"approval_id": approval.approval_id}))
        return self.stores.approvals.create(approval)

    def approval(self, call: Call) -> Approval:
        """The call's approval as it stands."""
        current = self.call(call)
        assert current.approval_id is not None
        return self.stores.approvals.get(current.approval_id)

    def call(self, about: Call | Approval) -> Call:
        """The call's item as it stands."""
        found = self.stores.calls.get(about.tool, about.execution_id, about.step, about.call_id)
        assert found is not None
        return found

    def sweep(self) -> dict[str, int]:
        """What the gate's function does every minute."""
        return Sweep(self.stores, self.registry, self.slack, self.deciders).run(seconds=60)

    @contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        """So much later, for as long as the block lasts."""
        self.clock.shift += seconds
        try:
            yield
        finally:
            self.clock.shift -= seconds

    def audit(self, approval: Approval) -> list[tuple[str, str | None, str]]:
        """The audit of an approval: kind, by whom, outcome."""
        found = self.stores.audit.of_approval(approval.approval_id)
        return [(entry.kind, entry.by, entry.outcome) for entry in found]

    def records(self, about: Call | Approval, kind: str) -> list[dict[str, Any]]:
        """The bodies of the records of one kind in the call's step, in the order of their keys."""
        found = self.stores.journal.of_step(about.execution_id, about.step)
        return [record.body for record in found if record.kind == kind]


def person(principal: Principal) -> Decider:
    return Decider(principal=principal, source=FROM_THE_API)


def registry() -> Registry:
    """Agents that differ in who may approve; one tool that pays, one that destroys."""
    tools = {
        name: ToolEntry(
            manifest=manifest, digest=f"sha256:{name}", policy_digest="sha256:policy", function_name=f"gate-tool-{name}"
        )
        for name, manifest in (("post_invoice", _post_invoice()), ("delete_vendor", _delete_vendor()))
    }
    agents = {
        "payer": Approvals(
            approvers=["role:finance"],
            rules=[ApprovalRule(tool="post_invoice", above={"amount": 10_000}, quorum=2)],
            timeout_seconds=3600,
        ),
        "reminding_payer": Approvals(
            approvers=["role:finance"],
            rules=[ApprovalRule(tool="post_invoice", above={"amount": 10_000}, quorum=2)],
            remind_after_seconds=[1800, 3600],
        ),
        "audited_payer": Approvals(approvers=["slack_group:S0AUDIT"]),
        "open_payer": Approvals(),
        "trusting_payer": Approvals(requester_may_approve=True),
        "escalating_payer": Approvals(
            approvers=["role:finance"], escalate_to=["role:finance_lead"], timeout_seconds=60
        ),
    }
    return Registry(
        stage="dev",
        prefix="gate",
        agents={name: _agent(name, approvals, list(tools)) for name, approvals in agents.items()},
        tools=tools,
        models={},
        principals=[
            PrincipalRule(role_arn=f"arn:aws:iam::123456789012:role/people/{principal.id}", principal=principal)
            for principal in (ADA, BEN, EVE, LEA, REQUESTER, ROBOT, STRANGER)
        ],
        slack=SlackSettings(
            users={"U0ADA": ADA, "U0BEN": BEN, "U0EVE": EVE, "U0LEA": LEA, "U0ROB": REQUESTER, "U0SUE": STRANGER},
            channel="#approvals",
            role_channels={"finance_lead": "#finance-leads"},
        ),
    )


def _agent(name: str, approvals: Approvals, tools: list[str]) -> AgentEntry:
    input_schema = {"type": "object", "required": ["task"], "properties": {"task": {"type": "string"}}}
    definition = Agent(
        schema_version=1,
        name=name,
        description="Pays.",
        model=ModelChoice(),
        limits=Limits(tokens=1000, usd=1.0, steps=5, active_seconds=600, deadline_seconds=86_400),
        input_schema=closed(input_schema, "agent_input"),
        output_schema={"type": "object"},
        approvals=approvals,
        tools=tools,
    )
    return AgentEntry(definition=definition, instructions="Pay.", digest="sha256:agent")


def _post_invoice() -> Tool:
    schema = {
        "type": "object",
        "required": ["vendor_id", "amount", "currency"],
        "properties": {
            "vendor_id": {"type": "string", "pattern": "^V-[0-9]+$", "description": "The vendor's number."},
            "amount": {"type": "number", "exclusiveMinimum": 0},
            "currency": {"enum": ["EUR", "USD"]},
            "note": {"type": "string"},
            "lines": {"type": "array", "items": {"type": "object"}},
            "urgent": {"type": "boolean"},
        },
    }
    return Tool(
        schema_version=1,
        name="post_invoice",
        description="Posts.",
        kind="lambda",
        effect="write",
        input_schema=closed(schema, "tool_input"),
        sinks=[["vendor_id"], ["amount", "currency"]],
        summary="Post {amount} {currency} to {vendor_id}",
    )


def _delete_vendor() -> Tool:
    schema = {"type": "object", "required": ["vendor_id"], "properties": {"vendor_id": {"type": "string"}}}
    return Tool(
        schema_version=1,
        name="delete_vendor",
        description="Deletes.",
        kind="lambda",
        effect="destructive",
        input_schema=closed(schema, "tool_input"),
        sinks=[["vendor_id"]],
    )


def create_tables(client: Any) -> None:
    """The tables with the keys and indexes of the deployment."""
    for table, (key, *indexes) in SCHEMAS.items():
        names = {name for pair in (key, *indexes) for name in pair if name} | ({"at"} if table == "journal" else set())
        more: dict[str, Any] = {}
        if indexes:
            more["GlobalSecondaryIndexes"] = [
                {"IndexName": name, "KeySchema": _keys(*pair), "Projection": {"ProjectionType": "ALL"}}
                for name, pair in zip(INDEXES[table], indexes, strict=True)
            ]
        if table == "journal":
            more["LocalSecondaryIndexes"] = [
                {
                    "IndexName": "in_order",
                    "KeySchema": _keys("execution_id", "at"),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ]
        client.create_table(
            TableName=f"gate-{table}",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=_keys(*key),
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in sorted(names)],
            **more,
        )


def _keys(partition: str, sort: str | None = None) -> list[dict[str, str]]:
    keys = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*keys, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else keys


def forget_clients() -> None:
    """Clients are kept for the life of a process; a test file has its own AWS."""
    boto3.setup_default_session()
    for kept in (
        dynamodb.client,
        artifacts._client,
        wake._client,
        machine._client,
        connection._secrets,
        settlement._step_functions,
    ):
        kept.cache_clear()


def _environment(patch: pytest.MonkeyPatch, **more: str) -> None:
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        **more,
    }.items():
        patch.setenv(name, value)
    patch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    forget_clients()


@pytest.fixture(scope="module")
def tables() -> Iterator[GateWorld]:
    """Tables in this process, without sockets: no machine waits, and there is no Slack."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        _environment(patch)
        install()  # without it, moto's conditional writes are not atomic
        create_tables(boto3.client("dynamodb"))
        yield GateWorld()
    forget_clients()


@dataclass
class Stage:
    """A world with a local AWS behind it, a Slack stand-in, and where the stand-in posts what people do."""

    world: GateWorld
    probe: Probe
    standin: SlackStandIn
    interactions_url: str = "http://127.0.0.1:9/"


@pytest.fixture(scope="module")
def stage(probe: Probe) -> Iterator[Stage]:
    """Tables, bucket, secret, a machine that waits for ten minutes, and a Slack stand-in."""
    with pytest.MonkeyPatch.context() as patch:
        _environment(patch, AWS_ENDPOINT_URL=probe.aws.url, AWS_DEFAULT_REGION=probe.aws.region)
        create_tables(probe.client("dynamodb"))
        region = {"LocationConstraint": probe.aws.region}
        probe.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        secret = json.dumps({"signing_secret": SIGNING_SECRET, "bot_token": BOT_TOKEN})
        probe.client("secretsmanager").create_secret(Name=SECRET, SecretString=secret)
        waits = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
        world = GateWorld(machine_arn=probe.machine(waits), secret_id=SECRET)
        with SlackStandIn(
            signing_secret=SIGNING_SECRET, interactions_url=lambda: built.interactions_url, bot_token=BOT_TOKEN
        ) as standin:
            patch.setenv("SLACK_API_URL", standin.url)
            built = Stage(world, probe, standin)
            yield built
    forget_clients()
