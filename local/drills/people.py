"""Who asks and who decides in a drill: people of one tenant, through the HTTP API like anybody else."""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import urllib3
from tollgate.models.agent import Agent

from local.drills.drill import NotApplicableError

ADMIN = "admin"
_BUSY = (500, 502, 503)
_TRIES, _PAUSE_SECONDS = 20, 0.2


@dataclass(frozen=True)
class People:
    """The people of one drill's tenant."""

    api_url: str
    tenant: str
    agent: Agent
    http: urllib3.PoolManager

    def start(self, given: Any) -> str:
        """The id of a new execution. Raises `NotApplicableError` where the input is refused."""
        body = {"agent": self.agent.name, "input": given}
        status, found = self._send("POST", "/v1/executions", body)
        if status >= 400:
            raise NotApplicableError(f"the example input was refused ({found.get('detail')}); give one with --input")
        return str(found["execution_id"])

    def execution(self, execution_id: str) -> dict[str, Any]:
        """The execution as the API shows it."""
        return self._get(f"/v1/executions/{execution_id}")

    def trace(self, execution_id: str) -> list[dict[str, Any]]:
        """All decision records, over all pages."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = self._get(f"/v1/executions/{execution_id}/trace?limit=200&after={after}")
            found += page["items"]
            if page["cursor"] is None:
                return found
            after = str(page["cursor"]).replace("#", "%23")

    def approvals(self, execution_id: str) -> list[dict[str, Any]]:
        """Every question that the execution asked."""
        return list(self._get(f"/v1/approvals?execution={execution_id}&limit=200")["items"])

    def stop(self, execution_id: str) -> None:
        """Stops it; one that has ended meanwhile stays as it is."""
        self._send("POST", f"/v1/executions/{execution_id}/stop")

    def limit_tenant(self, tokens: int) -> None:
        """A cap over all executions of the tenant."""
        self._send("PUT", f"/v1/budgets/tenant:{self.tenant}", {"tokens": tokens}, roles=[ADMIN])

    def tenant_budget(self) -> dict[str, Any]:
        """What is left of it."""
        return self._get(f"/v1/budgets/tenant:{self.tenant}")

    def approve(self, approval_id: str, *, twice: bool = False) -> None:
        """As many people as it takes say yes; `twice`: every yes is sent two times at the same instant."""
        asked = self._get(f"/v1/approvals/{approval_id}")
        if asked["status"] != "pending":
            return
        body = {"decision": "approve", "fingerprint": asked["fingerprint"]}
        path = f"/v1/approvals/{approval_id}/decision"
        for who in _approvers(asked["approvers"])[: max(1, asked["quorum"])]:
            at_once([lambda who=who: self._until_delivered(path, body, who)] * (2 if twice else 1))

    def _until_delivered(self, path: str, body: dict[str, Any], who: str) -> None:
        """Says it again while the answer says that the machine has not heard of it; the sweep would, in a minute."""
        for _ in range(_TRIES):
            _, found = self._send("POST", path, body, who=who)
            if found.get("delivery") != "pending" or found["status"] == "pending":
                return
            time.sleep(_PAUSE_SECONDS)

    def _get(self, path: str) -> dict[str, Any]:
        status, found = self._send("GET", path)
        if status >= 400:
            raise RuntimeError(f"GET {path}: {found.get('detail', found)}")
        return found

    def _send(
        self, method: str, path: str, body: Any = None, *, who: str = "drill-requester", roles: list[str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """One request. "Try again" is obeyed, as anybody's client would; other refusals are the caller's to read."""
        claims = {"roles": self._roles if roles is None else roles}
        principal = {"id": who, "tenant": self.tenant, "kind": "person", "claims": claims}
        headers = {"Content-Type": "application/json", "X-Tollgate-Principal": json.dumps(principal)}
        data = None if body is None else json.dumps(body)
        for _ in range(_TRIES):
            answer = self.http.request(method, self.api_url + path, body=data, headers=headers, timeout=30)
            if answer.status not in _BUSY:
                break
            time.sleep(_PAUSE_SECONDS)
        return answer.status, json.loads(answer.data)

    @property
    def _roles(self) -> list[str]:
        approvals = self.agent.approvals
        named = [
            *approvals.approvers,
            *approvals.escalate_to,
            *(who for rule in approvals.rules for who in rule.approvers or []),
        ]
        return sorted({who.partition(":")[2] for who in named if who.startswith("role:")})


def at_once(actions: list[Any]) -> None:
    """Runs all of them in threads of their own and returns when they are over."""
    threads = [threading.Thread(target=action) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _approvers(approvers: list[str]) -> list[str]:
    """Who may decide: the named users, else people with the roles."""
    named = [who.partition(":")[2] for who in approvers if who.startswith("user:")]
    return [*named, *(f"drill-approver-{number}" for number in range(1, 11))]
