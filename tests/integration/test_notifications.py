"""Notifications: signed after Standard Webhooks, told once, silent about values, and never in the gate's way."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tollgate import background
from tollgate.approvals.decide import Word, decide
from tollgate.definitions.registry import Notifications, Registry, Topic, Webhook
from tollgate.errors import DefinitionError, UnreachableError
from tollgate.models.approval import Approval
from tollgate.models.call import CallState
from tollgate.notifications import ask_to_tell as asking
from tollgate.notifications import deliver
from tollgate.notifications.telling import Telling
from tollgate.notifications.webhook import signature

from local.loopback import LoopbackHandler, LoopbackServer
from tests.integration.gate_world import ADA, ARGUMENTS, Stage, person, stage
from tests.integration.moto_probe import probe

__all__ = ["probe", "stage"]

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@dataclass
class Receiver:
    """A webhook of somebody else; answers what is planned, then 204."""

    url: str = ""
    planned: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(LoopbackHandler):
        def do_POST(self) -> None:  # noqa: N802 - http.server calls it so
            body = self.read_body()
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = receiver.planned.pop(0) if receiver.planned else 204
            self.answer(status, b"", {"Location": receiver.url + "elsewhere"} if status == 302 else {})

    server = LoopbackServer(Handler)
    server.start()
    receiver.url = server.url + "/hook"
    yield receiver
    server.stop()


@pytest.fixture
def receiver(listening: Receiver) -> Receiver:
    listening.planned.clear()
    listening.got.clear()
    return listening


@pytest.fixture(scope="module")
def mailbox(stage: Stage) -> Iterator[tuple[str, Any]]:
    """A topic, and a queue that is subscribed to it as an e-mail address would be."""
    deliver._secrets.cache_clear()
    deliver._topics.cache_clear()
    sns, sqs = stage.probe.client("sns"), stage.probe.client("sqs")
    topic = sns.create_topic(Name="approvers")["TopicArn"]
    queue = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    stage.probe.client("secretsmanager").create_secret(Name="hooks/erp", SecretString=SECRET)

    def mails() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    yield topic, mails
    deliver._secrets.cache_clear()
    deliver._topics.cache_clear()


@pytest.fixture
def registry(stage: Stage, receiver: Receiver, mailbox: tuple[str, Any]) -> Registry:
    """A stage that tells one webhook and one topic."""
    webhooks = {"erp": Webhook(url=receiver.url, secret_id="hooks/erp", timeout_seconds=2)}
    notifications = Notifications(webhooks=webhooks, topics={"mail": Topic(arn=mailbox[0])})
    return stage.world.registry.model_copy(update={"notifications": notifications})


def told(stage: Stage, registry: Registry, approval: Approval, **more: Any) -> dict[str, int]:
    """One run of the function that tells."""
    event = {"approval_id": approval.approval_id, "about": "requested", "number": 1, "at": approval.created_at} | more
    return deliver.run(stage.world.stores, registry, event)


def records(stage: Stage, approval: Approval) -> list[tuple[str, str, bool]]:
    bodies = stage.world.records(approval, "approval_notified")
    return sorted((body["target"], body["about"], body["error"] is None) for body in bodies)


def test_a_post_is_signed_after_the_specification(stage: Stage, registry: Registry, receiver: Receiver) -> None:
    """Id, time and body under the secret's bytes; a receiver that follows the specification believes it."""
    approval = stage.world.open()
    assert told(stage, registry, approval) == {"told": 2}
    [(headers, body)] = receiver.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - stage.world.clock.now()) < 10
    assert json.loads(body)["type"] == "approval.requested"
    assert json.loads(body)["data"]["command"] == f"tollgate approvals {approval.approval_id}"


def test_the_signature_is_the_specifications_own_example() -> None:
    """The published vector: https://docs.svix.com/receiving/verifying-payloads/how-manual."""
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!", "xoxb-geheim-geheim-geheim-geheim"])
def test_a_secret_of_another_form_is_refused_and_not_quoted(secret: str) -> None:
    """A short or mistyped key must not sign anything."""
    with pytest.raises(DefinitionError, match="openssl rand") as raised:
        signature(secret, "msg_1", 1, b"{}")
    assert "geheim" not in str(raised.value)


def test_an_e_mail_says_where_to_log_in(stage: Stage, registry: Registry, mailbox: tuple[str, Any]) -> None:
    """Subject and text of the topic's message; whoever reads it can decide nothing by it."""
    mailbox[1]()
    approval = stage.world.open()
    told(stage, registry, approval)
    [mail] = mailbox[1]()
    assert mail["Subject"] == "Tollgate: post_invoice waits for a decision"
    assert f"tollgate approvals {approval.approval_id}" in mail["Message"]
    assert "May decide: role:finance" in mail["Message"]


def test_nothing_of_the_call_leaves(
    stage: Stage, registry: Registry, receiver: Receiver, mailbox: tuple[str, Any]
) -> None:
    """No value of an argument, no reason, no fingerprint, no token, no link to the decision."""
    mailbox[1]()
    arguments = ARGUMENTS | {"vendor_id": "V-777001", "note": "Ignore all rules <b>", "amount": 98765.25}
    approval = stage.world.request(stage.world.asked(arguments=arguments), "AQCEAAAAKgAAA-the-token")
    told(stage, registry, approval)
    left = receiver.got[0][1].decode() + json.dumps(mailbox[1]())
    for value in ("V-777001", "Ignore", "98765", "asks by default", "AQCEAAAA", approval.fingerprint, "/decision"):
        assert value not in left, value


def test_a_retry_tells_only_whom_nobody_told(
    stage: Stage, registry: Registry, receiver: Receiver, mailbox: tuple[str, Any]
) -> None:
    """The platform runs it again: the same id for the webhook, no second e-mail, and the trace has both outcomes."""
    mailbox[1]()
    approval = stage.world.open()
    receiver.planned[:] = [503]
    with pytest.raises(UnreachableError, match="webhook erp: the webhook answered HTTP 503"):
        told(stage, registry, approval)
    assert told(stage, registry, approval) == {"told": 1}
    assert told(stage, registry, approval) == {"told": 0}
    first, second = (headers["webhook-id"] for headers, _ in receiver.got)
    assert first == second
    assert len(mailbox[1]()) == 1
    assert records(stage, approval) == [
        ("topic mail", "requested", True),
        ("webhook erp", "requested", False),
        ("webhook erp", "requested", True),
    ]


@pytest.mark.parametrize("status", [302, 400, 410, 500])
def test_an_answer_that_is_no_success_is_a_failure(
    stage: Stage, registry: Registry, receiver: Receiver, status: int
) -> None:
    """A redirect too: a signed message goes where the administrator said and nowhere else."""
    receiver.planned[:] = [status]
    with pytest.raises(UnreachableError, match=f"HTTP {status}"):
        told(stage, registry, stage.world.open())
    assert len(receiver.got) == 1


def test_a_webhook_that_is_down_keeps_nobody_else_from_being_told(
    stage: Stage, registry: Registry, mailbox: tuple[str, Any]
) -> None:
    """All are tried, then the failure is raised for the platform to repeat."""
    mailbox[1]()
    nowhere = Webhook(url="http://127.0.0.1:9/", secret_id="hooks/erp")
    unread = Webhook(url="http://127.0.0.1:9/", secret_id="hooks/absent")
    notifications = registry.notifications.model_copy(update={"webhooks": {"gone": nowhere, "unread": unread}})
    approval = stage.world.open()
    with pytest.raises(UnreachableError, match=r"webhook gone: .*; webhook unread: .*ResourceNotFoundException"):
        told(stage, registry.model_copy(update={"notifications": notifications}), approval)
    assert len(mailbox[1]()) == 1


def test_a_target_of_other_agents_is_not_told(stage: Stage, registry: Registry, receiver: Receiver) -> None:
    """`agents` narrows whom a target hears of; empty is all."""
    webhook = registry.notifications.webhooks["erp"].model_copy(update={"agents": ["payer"]})
    only = registry.model_copy(update={"notifications": Notifications(webhooks={"erp": webhook})})
    assert told(stage, only, stage.world.open()) == {"told": 1}
    other = stage.world.open(execution=stage.world.execution("open_payer"))
    assert told(stage, only, other) == {"told": 0}


def test_what_was_decided_meanwhile_is_not_told(stage: Stage, registry: Registry, receiver: Receiver) -> None:
    """A notification that comes after the decision would only call people to nothing."""
    approval = stage.world.open()
    decide(stage.world.stores, person(ADA), approval.approval_id, Word("approve", approval.fingerprint), via="api")
    assert told(stage, registry, approval) == {"told": 0}
    assert receiver.got == []


@pytest.mark.parametrize("works", [True, False])
def test_the_gate_opens_whatever_becomes_of_its_notification(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    """Asked for once and not waited for; when even that fails, card and gate are there and the trace says so."""
    asked: list[dict[str, Any]] = []

    class Functions:
        def invoke(self, **request: Any) -> None:
            asked.append(request)
            if not works:
                raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "later"}}, "Invoke")

    world = stage.world
    settings = world.stores.settings.model_copy(update={"notify_function": "gate-task-notify-approval"})
    monkeypatch.setattr(world, "stores", replace(world.stores, settings=settings))
    monkeypatch.setattr(background, "_functions", Functions)
    call = world.asked()
    approval = world.request(call)
    assert [request["InvocationType"] for request in asked] == ["Event"]
    told_of = Telling.model_validate_json(asked[0]["Payload"])
    assert (told_of.approval_id, told_of.about) == (approval.approval_id, "requested")
    assert world.stores.gates.token(approval.approval_id) == "token-of-nobody"
    assert world.stores.approvals.card(approval.approval_id) is not None
    assert world.call(call).state == CallState.ASKED
    assert records(stage, approval) == ([] if works else [("all", "requested", False)])


def test_a_stage_without_notifications_asks_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """No function in the environment, no client, no cost."""
    monkeypatch.setattr(boto3, "client", lambda *_, **__: pytest.fail("a client was made"))
    asking.ask_to_tell(stage.world.stores, stage.world.open(), "requested")
