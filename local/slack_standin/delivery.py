"""How interactions travel: signed as Slack signs them, and, on demand, late, twice or again."""

import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

SLACKS_PATIENCE = 3.0
"""After so many seconds Slack shows a warning to the person; the answer is still used here, for slow laptops."""


@dataclass(frozen=True)
class Faults:
    """What to do to the next deliveries. `copies`: identical posts after the first. `parallel`: at once.

    `delay_seconds` passes between signing and posting. `retries`: posts again while the app answers 5xx or nothing.
    """

    copies: int = 0
    parallel: bool = False
    delay_seconds: float = 0.0
    retries: int = 0


MODES = {
    "once": Faults(),
    "twice": Faults(copies=1),
    "five at once": Faults(copies=4, parallel=True),
    "4 s late": Faults(delay_seconds=4),
    "retried": Faults(retries=3),
}
"""What can be chosen on the page."""


@dataclass(frozen=True)
class Delivered:
    """The app's answer to one post; status 0 when none came."""

    status: int
    answer: dict[str, Any]
    seconds: float

    @property
    def too_late(self) -> bool:
        return self.seconds > SLACKS_PATIENCE


class Delivery:
    """Posts to the app's interactions URL, directly: a proxy of the environment is not asked."""

    def __init__(
        self, url: Callable[[], str], signing_secret: Callable[[], str], *, patience_seconds: float = 30.0
    ) -> None:
        self._url, self._signing_secret, self._patience = url, signing_secret, patience_seconds
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def deliver(self, payload: dict[str, Any], faults: Faults) -> list[Delivered]:
        """All answers, the first post's first."""
        body = urlencode({"payload": json.dumps(payload, ensure_ascii=False)}).encode()
        headers = self._headers(body)
        time.sleep(faults.delay_seconds)
        if faults.parallel:
            return self._at_once(body, headers, faults.copies + 1)
        return [self._with_retries(body, headers, faults.retries) for _ in range(faults.copies + 1)]

    def _headers(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        base = b"v0:" + timestamp.encode() + b":" + body
        signature = "v0=" + hmac.new(self._signing_secret().encode(), base, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature,
        }

    def _with_retries(self, body: bytes, headers: dict[str, str], retries: int) -> Delivered:
        delivered = self._post(body, headers)
        for number in range(1, retries + 1):
            if 0 < delivered.status < 500:
                break
            reason = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_error"}
            delivered = self._post(body, headers | reason)
        return delivered

    def _at_once(self, body: bytes, headers: dict[str, str], count: int) -> list[Delivered]:
        answers: list[Delivered] = []
        threads = [
            threading.Thread(target=lambda: answers.append(self._post(body, headers)), daemon=True)
            for _ in range(count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def _post(self, body: bytes, headers: dict[str, str]) -> Delivered:
        request = urllib.request.Request(self._url(), data=body, headers=headers, method="POST")
        began = time.monotonic()
        try:
            with self._opener.open(request, timeout=self._patience) as response:
                return Delivered(response.status, _json(response.read()), time.monotonic() - began)
        except urllib.error.HTTPError as error:
            return Delivered(error.code, _json(error.read()), time.monotonic() - began)
        except OSError as error:
            return Delivered(0, {"error": f"no answer: {error}"}, time.monotonic() - began)


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
