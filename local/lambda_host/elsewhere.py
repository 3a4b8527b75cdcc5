"""Functions that this stack does not have: asked for where the caller's own `AWS_ENDPOINT_URL_LAMBDA` leads.

A tool of kind `function_arn` calls a function that exists already; on a laptop it may run in another emulator.
"""

import json
from dataclasses import dataclass

import urllib3

CARRIED = ("Content-Type", "X-Amz-Client-Context", "X-Amz-Invocation-Type", "X-Amz-Log-Type")
RETURNED = ("Content-Type", "X-Amz-Function-Error", "x-amzn-ErrorType", "X-Amz-Executed-Version")


@dataclass(frozen=True)
class Reply:
    """An answer of Invoke, as it goes back to the caller."""

    status: int
    headers: dict[str, str]
    body: bytes


class Elsewhere:
    """Another server of Lambda's Invoke API."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._http = urllib3.PoolManager(maxsize=20, retries=False)

    def invoke(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """The other server's answer as it is: 404 when nobody listens there, 502 when the answer was lost.

        How long it may take is the caller's matter.
        """
        carried = {name: headers[name] for name in CARRIED if name in headers}
        try:
            answer = self._http.request("POST", self._url + path, headers=carried, body=body, timeout=None)
        except urllib3.exceptions.NewConnectionError as error:
            return _failure(404, "ResourceNotFoundException", f"AWS_ENDPOINT_URL_LAMBDA, {self._url}: {error}")
        except urllib3.exceptions.HTTPError as error:
            return _failure(502, "EC2UnexpectedException", f"AWS_ENDPOINT_URL_LAMBDA, {self._url}: {error}")
        returned = {name: answer.headers[name] for name in RETURNED if name in answer.headers}
        return Reply(answer.status, returned, answer.data)


def _failure(status: int, kind: str, message: str) -> Reply:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": kind}
    return Reply(status, headers, json.dumps({"Message": message}).encode())
