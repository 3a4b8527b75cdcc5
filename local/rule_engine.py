"""Starts functions by the clock and by events, as EventBridge's rules of the template say."""

import json
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.template.rules import Rule

InvokeLater = Callable[[str, bytes], None]


class RuleEngine:
    """Delivers each event to every rule that matches it, and fires every schedule until `stop`."""

    def __init__(self, rules: tuple[Rule, ...], invoke_later: InvokeLater, *, account: str, region: str) -> None:
        self._rules = rules
        self._invoke_later = invoke_later
        self._account = account
        self._region = region
        self._stopping = threading.Event()

    def start(self) -> None:
        for rule in self._rules:
            if rule.every_seconds:
                threading.Thread(target=self._keep_time, args=(rule, rule.every_seconds), daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def deliver(self, event: dict[str, Any]) -> None:
        """Starts the target of every rule whose pattern holds; returns before they have run."""
        for rule in self._rules:
            if rule.matches(event):
                self._start_target(rule, event)

    def _keep_time(self, rule: Rule, seconds: float) -> None:
        while not self._stopping.wait(seconds):
            self._start_target(rule, self._scheduled_event(rule))

    def _start_target(self, rule: Rule, event: dict[str, Any]) -> None:
        self._invoke_later(rule.function_arn, (rule.input or json.dumps(event, default=str)).encode())

    def _scheduled_event(self, rule: Rule) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._account,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._region,
            "resources": [f"arn:aws:events:{self._region}:{self._account}:rule/{rule.name}"],
            "detail": {},
        }
