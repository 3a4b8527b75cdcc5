"""One execution of a script through the HTTP API, and the stack and the people around it."""

import json
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import urllib3

from local.stack import LocalStack
from tests.workflow.endpoint import Endpoint
from tests.workflow.script import Order, Script, Turn

Person = dict[str, Any]


def person(name: str, *roles: str, tenant: str = "north", **claims: list[str]) -> Person:
    """A principal as the authorizer would hand it on."""
    return {"id": name, "tenant": tenant, "kind": "person", "claims": {"roles": list(roles), **claims}}


REQUESTER = person("rita")
APPROVER = person("alma", "approver")
LEAD = person("lena", "lead")
ADMIN = person("ada", "admin")


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of the API."""

    status: int
    body: Any
    headers: Any


class World:
    """The stack, its API, and the endpoint behind it."""

    def __init__(self, stack: LocalStack, endpoint: Endpoint) -> None:
        self.stack, self.endpoint = stack, endpoint
        self._http = urllib3.PoolManager(maxsize=20)
        self.step_functions, self.dynamodb = stack.client("stepfunctions"), stack.client("dynamodb")

    def send(self, who: Person, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request of the API as this person."""
        sent = {"Content-Type": "application/json", "X-Tollgate-Principal": json.dumps(who)}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body)
        response = self._http.request(method, self.stack.api_url + path, body=data, headers=sent, timeout=30)
        return Answer(response.status, json.loads(response.data) if response.data else None, response.headers)

    def run(
        self,
        turns: Sequence[Turn | list[Turn]],
        *,
        agent: str = "worker",
        who: Person = REQUESTER,
        **tools: list[Order],
    ) -> "Run":
        """Starts an execution of these turns; `tools` holds orders by tool (`__` stands for a dot)."""
        return self.start(self.script(turns, **tools), agent=agent, who=who)

    def script(self, turns: Sequence[Turn | list[Turn]], **tools: list[Order]) -> Script:
        """A script that is ready to be started."""
        script = Script(turns, {name.replace("__", "."): orders for name, orders in tools.items()})
        self.endpoint.serve(script)
        return script

    def start(
        self,
        script: Script,
        *,
        agent: str = "worker",
        who: Person = REQUESTER,
        paper: str | None = None,
        **headers: str,
    ) -> "Run":
        """Starts an execution of the script, with a document if `paper` is one."""
        document = {} if paper is None else {"paper": paper}
        body = {"agent": agent, "input": {"task": script.task, **document}}
        started = self.send(who, "POST", "/v1/executions", body, **headers)
        assert started.status == 202, started.body
        return Run(self, script, started.body["execution_id"], who)

    def item(self, table: str, key: str, value: str) -> dict[str, Any]:
        """An item as it is in the table, unasked by any route: a read through the API would settle."""
        found = self.dynamodb.get_item(
            TableName=f"tollgate-local-{table}", Key={key: {"S": value}}, ConsistentRead=True
        )
        return {name: next(iter(held.values())) for name, held in found["Item"].items()}

    def kill(self, process_id: int) -> None:
        """`kill -9` of one function's process, which must be one of the stack's."""
        assert process_id in self.stack.process_ids, f"{process_id} is no process of the stack"
        os.kill(process_id, signal.SIGKILL)

    def kill_function(self, ending: str) -> int:
        """`kill -9` of every process of the function whose name ends so; how many there were."""
        doomed = [number for number, name in self.stack.process_ids.items() if name.endswith(ending)]
        for number in doomed:
            self.kill(number)
        return len(doomed)


@dataclass
class Run:
    """One execution and its script."""

    world: World
    script: Script
    execution_id: str
    who: Person

    @property
    def arn(self) -> str:
        machine = self.world.stack.state_machine_arn
        return f"{machine.replace(':stateMachine:', ':execution:')}:{self.execution_id}"

    @property
    def path(self) -> str:
        return f"/v1/executions/{self.execution_id}"

    def view(self) -> dict[str, Any]:
        """The execution as the API shows it to its requester."""
        shown = self.world.send(self.who, "GET", self.path)
        assert shown.status == 200, shown.body
        found: dict[str, Any] = shown.body
        return found

    def ended(self, seconds: float = 40.0) -> dict[str, Any]:
        """The execution once it is over; the model never got a conversation that Converse refuses."""
        self.machine_ended(seconds)
        found = self.view()
        assert self.script.refused == []
        return found

    def machine_ended(self, seconds: float = 40.0) -> None:
        """Waits until the machine says so, without a read that would settle."""
        self.world.endpoint.until(lambda: self.machine_status() != "RUNNING", f"{self.execution_id} ends", seconds)

    def settled_unasked(self, seconds: float = 20.0) -> None:
        """Waits until the status event alone has settled the record."""
        self.world.endpoint.until(
            lambda: self.world.item("executions", "execution_id", self.execution_id)["status"] != "RUNNING",
            f"{self.execution_id} is settled by its event",
            seconds,
        )

    def machine_status(self) -> str:
        """The state machine's own word."""
        found = self.world.step_functions.describe_execution(executionArn=self.arn)
        return str(found["status"])

    def completed(self, seconds: float = 40.0) -> dict[str, Any]:
        """The same, and it succeeded."""
        view = self.ended(seconds)
        assert (view["status"], view["outcome"]) == ("SUCCEEDED", "completed"), view
        return view

    def until(self, holds: Any, what: str, seconds: float = 30.0) -> Any:
        return self.world.endpoint.until(lambda: holds(self), f"{what} ({self.execution_id})", seconds)

    def asked(
        self, count: int = 1, *, but: tuple[str, ...] = (), who: Person = APPROVER, seconds: float = 30.0
    ) -> list[dict[str, Any]]:
        """The open approvals as `who` reads them, once there are `count` whose gate is open."""

        ids = self.world.endpoint.until(
            lambda: len(found := self._open_gates(but)) == count and self._waits_for(count) and found,
            f"{count} gates of {self.execution_id} open",
            seconds,
        )
        return [self.world.send(who, "GET", f"/v1/approvals/{one}").body for one in ids]

    def decide(self, approval: dict[str, Any], decision: str, *, who: Person = APPROVER, **more: Any) -> Answer:
        """One person's word."""
        body = {"decision": decision, "fingerprint": approval["fingerprint"], **more}
        return self.world.send(who, "POST", f"/v1/approvals/{approval['approval_id']}/decision", body)

    def act(self, what: str, who: Person | None = None) -> Answer:
        """`stop` or `redrive`."""
        return self.world.send(who or self.who, "POST", f"{self.path}/{what}")

    def trace(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The decision records in order."""
        items = self.world.send(self.who, "GET", f"{self.path}/trace?limit=200").body["items"]
        return [item for item in items if kind in (None, item["kind"])]

    def events(self) -> list[dict[str, Any]]:
        """The machine's history."""
        client = self.world.step_functions
        pages = client.get_paginator("get_execution_history").paginate(executionArn=self.arn)
        return [event for page in pages for event in page["events"]]

    def entered(self) -> list[str]:
        """The states that were entered: what AWS bills."""
        return [
            event["stateEnteredEventDetails"]["name"] for event in self.events() if "stateEnteredEventDetails" in event
        ]

    def call(self, tool: str, step: int, call_id: str = "c0") -> dict[str, Any]:
        """The call's item in the ledger."""
        key = {"tool_execution": {"S": f"{tool}#{self.execution_id}"}, "step_call": {"S": f"{step:06d}#{call_id}"}}
        found = self.world.dynamodb.get_item(TableName="tollgate-local-calls", Key=key)
        return {name: next(iter(held.values())) for name, held in found["Item"].items()}

    def _open_gates(self, but: tuple[str, ...]) -> list[str]:
        """Pending approvals whose machine waits, from the tables: asking the API would make these tests slow."""
        found = self.world.dynamodb.query(
            TableName="tollgate-local-approvals",
            IndexName="by_execution",
            KeyConditionExpression="execution_id = :id",
            ExpressionAttributeValues={":id": {"S": self.execution_id}},
        )["Items"]
        ids = [item["approval_id"]["S"] for item in found if item["status"]["S"] == "pending"]
        return [one for one in ids if one not in but and self._has_token(one)]

    def _waits_for(self, count: int) -> bool:
        """Whether the tasks that asked have returned: a decision before that costs the machine one state more."""
        return [event["type"] for event in self.events()].count("TaskSubmitted") >= count

    def _has_token(self, approval_id: str) -> bool:
        key = {"approval_id": {"S": approval_id}}
        found = self.world.dynamodb.get_item(TableName="tollgate-local-gates", Key=key)
        return "task_token" in found.get("Item", {})
