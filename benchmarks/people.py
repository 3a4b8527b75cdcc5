"""Who uses the stack in the benchmarks: one person who asks for work, and one who decides about it."""

import json
from typing import Any

import urllib3

TIMEOUT_SECONDS = 120.0
_ROLES: dict[str, dict[str, Any]] = {"requester": {}, "approver": {"roles": ["approver"]}}


class BenchmarkError(Exception):
    """An execution did not get where the script wants it, so its figures mean nothing."""


class People:
    """They ask the HTTP API of a running stack, `at_once` side by side. Raises `BenchmarkError` where it refuses."""

    def __init__(self, api_url: str, at_once: int = 1) -> None:
        self._api_url = api_url
        self._http = urllib3.PoolManager(maxsize=at_once)

    def start(self, agent: str, task: str) -> str:
        """The id of the execution that was started."""
        body = {"agent": agent, "input": {"task": task}}
        return str(self._send("requester", "POST", "/v1/executions", body)["execution_id"])

    def execution(self, execution_id: str) -> dict[str, Any]:
        return self._send("requester", "GET", f"/v1/executions/{execution_id}")

    def approval(self, approval_id: str) -> dict[str, Any]:
        return self._send("approver", "GET", f"/v1/approvals/{approval_id}")

    def approve(self, approval_id: str) -> None:
        self._decide(approval_id, {"decision": "approve"})

    def reject(self, approval_id: str, reason: str) -> None:
        """Rejects it, unless it was decided in the meantime."""
        self._decide(approval_id, {"decision": "reject", "reason": reason}, decided=409)

    def _decide(self, approval_id: str, decision: dict[str, str], *, decided: int | None = None) -> None:
        """Looks first, and decides about what it saw."""
        body = {**decision, "fingerprint": self.approval(approval_id)["fingerprint"]}
        self._send("approver", "POST", f"/v1/approvals/{approval_id}/decision", body, also=decided)

    def _send(self, who: str, method: str, path: str, body: Any = None, *, also: int | None = None) -> dict[str, Any]:
        principal = {"id": who, "tenant": "bench", "kind": "person", "claims": _ROLES[who]}
        headers = {"Content-Type": "application/json", "X-Tollgate-Principal": json.dumps(principal)}
        data = None if body is None else json.dumps(body)
        answer = self._http.request(method, self._api_url + path, body=data, headers=headers, timeout=TIMEOUT_SECONDS)
        if answer.status >= 300 and answer.status != also:
            raise BenchmarkError(f"{method} {path} answered {answer.status}: {answer.data[:500]!r}")
        found: dict[str, Any] = json.loads(answer.data)
        return found
