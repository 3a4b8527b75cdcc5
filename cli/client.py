"""The HTTP API from the command line: signed with SigV4 for a deployed stack, with a principal header locally."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from cli.exit_codes import FAILED, REJECTED, USAGE
from cli.failure import CommandError

JSON = dict[str, Any]
_HTTP = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=60), retries=False)
USER_AGENT = "tollgate-cli/1"
"""What the audit of approvals knows the command line by."""
_LISTS = {"executions": "tollgate ls", "approvals": "tollgate approvals", "memory": "tollgate memory search"}
"""Part of the API -> the verb that lists what is there."""
_USAGE_STATUS = {400, 404, 413, 422}


@dataclass(frozen=True)
class Client:
    """Requests to one API. Raises `CommandError` with the problem's own words."""

    url: str
    principal: str | None = None
    """Local stack only: the JSON that says who asks."""
    session: "boto3.Session | None" = None
    """Deployed stack only: whose credentials sign."""

    def get(self, path: str, **query: Any) -> JSON:
        given = {name: value for name, value in query.items() if value is not None}
        return self._send("GET", f"{path}?{urlencode(given)}" if given else path)

    def post(self, path: str, body: Any = None, *, headers: dict[str, str] | None = None) -> JSON:
        return self._send("POST", path, body, headers)

    def put(self, path: str, body: Any) -> JSON:
        return self._send("PUT", path, body)

    def delete(self, path: str) -> JSON:
        return self._send("DELETE", path)

    def _send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> JSON:
        data = b"" if body is None else json.dumps(body).encode()
        own = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": USER_AGENT}
        sent = {**own, **(headers or {})}
        if self.principal:
            sent["X-Tollgate-Principal"] = self.principal
        url = self.url.rstrip("/") + path
        if self.session:
            sent = self._signed(self.session, method, url, data, sent)
        try:
            answer = _HTTP.request(method, url, body=data, headers=sent)
        except urllib3.exceptions.HTTPError as error:
            raise CommandError(
                f"{self.url} does not answer ({error}); is the stack up? see `tollgate doctor`"
            ) from error
        return self._read(answer)

    def _read(self, answer: urllib3.BaseHTTPResponse) -> JSON:
        try:
            body = json.loads(answer.data or b"{}")
        except ValueError:
            body = {"detail": answer.data[:500].decode("utf-8", "replace")}
        if answer.status < 400:
            return dict(body)
        raise CommandError(_words(answer.status, body), exit_code=_exit_code(answer.status, body), problem=body)

    @staticmethod
    def _signed(
        session: "boto3.Session", method: str, url: str, data: bytes, headers: dict[str, str]
    ) -> dict[str, str]:
        credentials = session.get_credentials()
        if credentials is None:
            raise CommandError("no AWS credentials: run `aws sso login` or pass --profile", exit_code=USAGE)
        request = AWSRequest(method=method, url=url, data=data, headers=headers)
        SigV4Auth(credentials, "execute-api", session.region_name).add_auth(request)
        return dict(request.headers.items())


def path(*parts: str) -> str:
    """`/v1/executions/<id>` with every part escaped."""
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def _words(status: int, body: JSON) -> str:
    said = str(body.get("detail") or body.get("title") or body.get("message") or f"HTTP {status}") + _listed(
        status, body
    )
    places = [f"  {entry.get('pointer') or '/'}: {entry.get('message')}" for entry in body.get("violations", [])]
    return "\n".join([said, *places])


def _listed(status: int, body: JSON) -> str:
    """Where to find the id that was meant, after one that is not there (or is another tenant's)."""
    _, _, kind, *name = f"{body.get('instance')}///".split("/")[:4]
    verb = _LISTS.get(kind)
    return f"; `{verb}` lists yours" if status == 404 and verb and any(name) else ""


def _exit_code(status: int, body: JSON) -> int:
    if body.get("execution_id") and status == 422:
        return REJECTED
    return USAGE if status in _USAGE_STATUS else FAILED
