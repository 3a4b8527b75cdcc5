"""Published events reach their listeners as EventBridge delivers them; what the bus refuses reaches nobody."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tollgate.budget import events

from local.aws import LocalAws
from local.clients import LocalClients


@pytest.fixture(scope="module")
def heard() -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """A client of the bus, and what was heard."""
    listened: list[dict[str, Any]] = []
    with LocalAws(lambda_url="http://127.0.0.1:1") as aws:
        aws.on_event(listened.append)
        clients = LocalClients(aws_url=aws.url, lambda_url=aws.url, region="eu-central-1")
        yield clients.client("events"), listened


def test_published_event_is_delivered_whole(heard: Any) -> None:
    """Source, type, detail and the id that the publisher was told."""
    client, listened = heard
    entry = {"Source": "here", "DetailType": "Something", "Detail": json.dumps({"percent": 50})}
    answer = client.put_events(Entries=[entry, {**entry, "Source": ""}])
    assert [event["id"] for event in listened] == [answer["Entries"][0]["EventId"]]
    told = listened[0]
    assert (told["source"], told["detail-type"], told["detail"]) == ("here", "Something", {"percent": 50})
    assert (told["version"], told["region"]) == ("0", "eu-central-1")


def test_bus_that_refuses_ends_no_run(heard: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could be told; the record is there, and the answer says so."""
    client, _ = heard
    monkeypatch.setattr(events, "_events", lambda: client)
    assert events.publish("here", "Something", {"percent": 50})
    assert not events.publish("here", "", {"percent": 50})
    assert not events.publish("", "Something", {})

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutEvents")

    monkeypatch.setattr(client, "put_events", refuse)
    assert not events.publish("here", "Something", {"percent": 50})
