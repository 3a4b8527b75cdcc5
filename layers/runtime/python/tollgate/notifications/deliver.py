"""notify_approval: tells of one approval by every webhook and topic of the stage that the agent concerns.

Outside the state machine, and started so that nobody waits for it: what fails here is tried again by Lambda, twice,
and keeps no gate closed. What was told is in the journal and is not told again.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.definitions.registry import Registry, Topic, Webhook
from tollgate.errors import TollgateError, UnreachableError
from tollgate.models.approval import Approval
from tollgate.notifications import telling as words
from tollgate.notifications.telling import Telling
from tollgate.notifications.webhook import post
from tollgate.store.stores import Stores

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

logger = Logger(service="notify_approval")
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=3, read_timeout=5)


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=_CONFIG)


@cache
def _topics() -> Any:
    return boto3.client("sns", config=_CONFIG)


@dataclass(frozen=True)
class _Target:
    """One webhook or topic: its name in the journal, and how it is told."""

    name: str
    tell: Callable[[], None]


def run(stores: Stores, registry: Registry, event: dict[str, Any]) -> dict[str, int]:
    """How many were told now. Raises `UnreachableError` that names those who were not, after all were tried."""
    telling = Telling.model_validate(event)
    approval = stores.approvals.get(telling.approval_id)
    if approval.status != "pending":
        return {"told": 0}
    told, failed = 0, []
    for target in _targets(stores, registry, telling, approval):
        if stores.journal.read(approval.execution_id, _record(telling, approval, target.name, "told")):
            continue
        try:
            target.tell()
        except TollgateError as error:
            failed.append(f"{target.name}: {error}")
            _note(stores, telling, approval, target.name, str(error))
        else:
            told += 1
            _note(stores, telling, approval, target.name, None)
    if failed:
        raise UnreachableError(f"{approval.approval_id} was not told everywhere: {'; '.join(failed)}")
    return {"told": told}


def _targets(stores: Stores, registry: Registry, telling: Telling, approval: Approval) -> Iterator[_Target]:
    console_url = stores.settings.console_url
    for name, webhook in registry.notifications.webhooks.items():
        if _concerns(webhook, approval):
            body = json.dumps(words.document(telling, approval, console_url), ensure_ascii=False).encode()
            yield _Target(f"webhook {name}", _poster(webhook, telling.message_id(name), int(stores.clock.now()), body))
    for name, topic in registry.notifications.topics.items():
        if _concerns(topic, approval):
            text = words.text(telling, approval, console_url)
            yield _Target(f"topic {name}", _publisher(topic, words.subject(telling, approval), text))


def _concerns(target: Webhook | Topic, approval: Approval) -> bool:
    return not target.agents or approval.agent in target.agents


def _poster(webhook: Webhook, message_id: str, timestamp: int, body: bytes) -> Callable[[], None]:
    def tell() -> None:
        # Read each time: notifications are rare, and a rotated secret counts at once.
        secret = _asked(lambda: _secrets().get_secret_value(SecretId=webhook.secret_id)["SecretString"])
        post(webhook, secret, message_id=message_id, timestamp=timestamp, body=body)

    return tell


def _publisher(topic: Topic, subject: str, text: str) -> Callable[[], None]:
    def tell() -> None:
        _asked(lambda: str(_topics().publish(TopicArn=topic.arn, Subject=subject, Message=text)["MessageId"]))

    return tell


def _asked(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except (BotoCoreError, ClientError) as error:
        raise UnreachableError(str(error)) from error


def _note(stores: Stores, telling: Telling, approval: Approval, target: str, error: str | None) -> None:
    """In the trace: the first failure stays beside what came of it later."""
    if error:
        logger.warning("a notification failed", approval_id=approval.approval_id, target=target, error=error)
    body = {
        "approval_id": approval.approval_id,
        "tool": approval.tool,
        "call_id": approval.call_id,
        "about": telling.about,
        "target": target,
        "error": error,
    }
    record = _record(telling, approval, target, "failed" if error else "told")
    stores.journal.write(approval.execution_id, record, "approval_notified", body, step=approval.step)


def _record(telling: Telling, approval: Approval, target: str, what: str) -> str:
    about = f"{telling.about}-{telling.number:02d}"
    return f"{approval.step:06d}#30#{approval.approval_id}#60#{about}#{target.replace(' ', '-')}#{what}"
