"""A stack of its own in which an agent handles canaries; says what stood in every sink afterwards, as JSON.

python -m tests.workflow.canaries_program FOLDER
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from local.stack import LocalStack
from tests.integration.http_target import Arrived, Reply, Target, serving
from tests.workflow import canaries
from tests.workflow.endpoint import Endpoint
from tests.workflow.running import ADMIN, REQUESTER, Run, World, person
from tests.workflow.script import Script, Turn, answer, call, propose

COLLEAGUE = person("carl")
"""Of the same tenant, with no role: may look, and may not decide."""
LETTER = f"Dear desk,\nthe key is {canaries.IN_DOCUMENT}.\n-----BEGIN {'PRIVATE'} KEY-----\n{canaries.IN_KEY_BLOCK}\n"
CONTACT = {"name": canaries.NAME, "phone": canaries.PHONE, "age": canaries.AGE}


def main() -> None:
    folder = Path(sys.argv[1])
    with serving() as shop:
        shop.replies = [lambda: _echo(shop)]
        agents, tools = canaries.write(folder, shop.url)
        endpoint = Endpoint()
        endpoint.start()
        roots = {"TOLLGATE_AGENTS": str(agents), "TOLLGATE_TOOLS": str(tools)}
        environ = {**os.environ, **roots, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": endpoint.url}
        events: list[Any] = []
        with LocalStack(environ=environ, home=folder / "home") as stack:
            stack._aws.on_execution_status(events.append)
            for name, value in (("header", canaries.IN_SECRETS_MANAGER), ("code", canaries.READ_BY_CODE)):
                stack.client("secretsmanager").create_secret(Name=f"canary-{name}", SecretString=value)
            found = _Desk(World(stack, endpoint)).work()
            found["stored"] = _stored(stack)
        found["logs"] = "".join(
            path.read_text("utf-8") for path in sorted(stack.log_folder.rglob("*")) if path.is_file()
        )
        found["log files"] = sorted(path.name for path in stack.log_folder.rglob("*"))
        found["events"] = events
        found["shop"] = [arrived.headers for arrived in shop.arrived]
        endpoint.stop()
    sys.stdout.write(json.dumps(found, default=str) + "\n")


def _echo(shop: Target) -> Reply:
    """A server that says back what it was sent, headers too, as some do in their errors."""
    arrived: Arrived = shop.arrived[-1]
    body = {"path": arrived.path, "headers": arrived.headers, "said": f"Hello {canaries.NAME}"}
    return Reply(200, json.dumps(body).encode())


class _Desk:
    """Three executions: one that goes through both gates, one that is turned away, one that ends at a limit."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._found: dict[str, Any] = {"slack": [], "approvals": [], "problems": []}

    def work(self) -> dict[str, Any]:
        first = self._through_the_gates()
        last = self._to_a_limit()
        self._turned_away()
        runs = [first, last]
        self._found |= {
            "trace": [run.trace() for run in runs],
            "history": [run.events() for run in runs],
            "own view": [run.view() for run in runs],
            "colleague's view": [self._get(COLLEAGUE, run.path) for run in runs],
            "lists": [self._get(ADMIN, f"/v1/{name}") for name in ("executions", "approvals", "audit")],
            "model": [run.script.requests for run in runs],
            "refused by Converse": [run.script.refused for run in runs],
        }
        return self._found

    def _through_the_gates(self) -> Run:
        rang = f"Rang {canaries.REFORMATTED}, {canaries.STREET.upper()}"
        turns: list[Turn | list[Turn]] = [
            Turn([{"text": f"I noted {canaries.IN_MODEL_TEXT}."}, *_looks()], stop="tool_use"),
            propose(call("send_letter", {"to": canaries.EMAIL, "text": f"Dear {canaries.NAME},\nhello."})),
            propose(*(call("file_note", {"folder": folder, "text": rang}) for folder in ("letters", "calls"))),
            answer(json.dumps({"status": "done", "to": canaries.EMAIL})),
        ]
        run = self._start(turns)
        (letter,) = self._asked(run, 1)
        run.decide(letter, "approve")
        note, other = self._asked(run, 2, but=(letter["approval_id"],))
        edited = self._get(COLLEAGUE, f"/v1/approvals/{note['approval_id']}")["arguments"] | {"folder": "archive"}
        self._found["edited"] = run.decide(note, "edit", arguments=edited).body
        self._found["rejected"] = run.decide(other, "reject", reason=f"{canaries.NAME} must not be filed").body
        run.completed(60)
        self._snapshot()
        return run

    def _to_a_limit(self) -> Run:
        """The answer quotes what it may not, twice; the limit's message quotes the answer."""
        wrong = answer(json.dumps({"status": f"sent to {canaries.NAME} of {canaries.PHONE}"}))
        run = self._start([wrong, wrong])
        run.ended(60)
        return run

    def _turned_away(self) -> None:
        """By the schema, in a field that is personal, and with a secret beside it."""
        for contact in ({**CONTACT, "age": 37_000}, {**CONTACT, "name": 5}, {"name": canaries.NAME}):
            body = {
                "agent": "desk",
                "input": {"task": f"see {canaries.IN_REQUEST}", "contact": contact, "extra": LETTER},
            }
            self._found["problems"].append(self._world.send(REQUESTER, "POST", "/v1/executions", body).body)

    def _start(self, turns: list[Turn | list[Turn]]) -> Run:
        script: Script = self._world.script(turns)
        task = f"{script.task} My key is {canaries.IN_REQUEST}."
        body = {"agent": "desk", "input": {"task": task, "letter": LETTER, "contact": CONTACT}}
        started = self._world.send(REQUESTER, "POST", "/v1/executions", body)
        assert started.status == 202, started.body
        return Run(self._world, script, started.body["execution_id"], REQUESTER)

    def _asked(self, run: Run, count: int, but: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        # Three tools start their processes before the first question, on a machine that may do other things.
        run.until(lambda run: len(run.view()["pending_approvals"]) == count, f"{count} questions", 120)
        asked = run.asked(count, but=but)
        self._snapshot()
        for approval in asked:
            theirs = self._get(COLLEAGUE, f"/v1/approvals/{approval['approval_id']}")
            self._found["approvals"].append({"approver": approval, "colleague": theirs})
        return asked

    def _snapshot(self) -> None:
        """Every message as it stands now: a card changes with its approval."""
        slack = self._world.stack.slack
        assert slack is not None
        self._found["slack"].append([str(vars(message)) for message in slack.messages()])

    def _get(self, who: dict[str, Any], path: str) -> Any:
        found = self._world.send(who, "GET", path)
        assert found.status == 200, found.body
        return found.body


def _looks() -> list[dict[str, Any]]:
    return [call(name, {"name": canaries.NAME}) for name in ("find_customer", "find_contract", "fetch_stock")]


def _stored(stack: LocalStack) -> str:
    """Journal, ledger and bucket: what keeps everything."""
    dynamodb, s3 = stack.client("dynamodb"), stack.client("s3")
    tables = [name for name in dynamodb.list_tables()["TableNames"] if name.endswith(("journal", "calls"))]
    items = [item for name in tables for item in dynamodb.scan(TableName=name)["Items"]]
    texts = []
    for bucket in s3.list_buckets()["Buckets"]:
        for entry in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            texts.append(
                s3.get_object(Bucket=bucket["Name"], Key=entry["Key"])["Body"].read().decode("utf-8", "replace")
            )
    return "\n".join([*(str(item) for item in items), *texts])


if __name__ == "__main__":
    main()
