"""What a process takes for now, whatever its own clock says."""

from email.utils import formatdate
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from tollgate.store.shared_clock import SharedClock

TRUE = 1_800_000_000.4


def clock_of(skew: float) -> tuple[SharedClock, list[float]]:
    """A process whose clock is `skew` seconds off; the list holds the true time."""
    at = [TRUE]
    return SharedClock(lambda: at[0] + skew), at


@pytest.mark.parametrize("skew", [-240.0, -3.0, 3.0, 240.0, 86_400.0])
def test_a_clock_that_is_off_is_led_back_to_the_tables_within_a_second(skew: float) -> None:
    """Before the first answer it has nothing but itself; after it, the error is that of a `Date`: one second."""
    clock, at = clock_of(skew)
    assert clock.now() - TRUE == pytest.approx(skew)
    clock.heard(formatdate(at[0], usegmt=True), sent=at[0] + skew - 0.02, received=at[0] + skew)
    assert abs(clock.now() - TRUE) <= 1.1


@pytest.mark.parametrize("skew", [0.0, 0.3, -0.3])
def test_a_clock_that_the_tables_agree_with_is_left_alone(skew: float) -> None:
    """`Date` has whole seconds: what is finer than that stays the machine's own."""
    clock, at = clock_of(skew)
    clock.heard(formatdate(at[0], usegmt=True), sent=at[0] + skew - 0.05, received=at[0] + skew)
    assert clock.now() == at[0] + skew


@pytest.mark.parametrize(("skew", "left"), [(-240.0, 0.0), (240.0, 30.0), (0.0, 0.0), (12.0, 12.0)])
def test_a_request_through_the_gateway_says_what_time_it_is_at_the_least(skew: float, left: float) -> None:
    """It was sent at that time, and at most half a minute ago."""
    clock, at = clock_of(skew)
    clock.told(at[0], within=30.0)
    assert clock.now() - at[0] == pytest.approx(left, abs=0.01)


def test_a_slow_answer_proves_nothing_about_a_clock() -> None:
    """An answer that took a minute may have been written at its beginning or at its end."""
    clock, at = clock_of(0.0)
    clock.heard(formatdate(at[0] - 30, usegmt=True), sent=at[0] - 60, received=at[0])
    assert clock.now() == at[0]


def test_a_clock_that_was_set_right_again_is_believed_again() -> None:
    """A machine that was thawed is behind for a while, until its own clock is set."""
    skew = [-600.0]
    clock = SharedClock(lambda: TRUE + skew[0])
    clock.heard(formatdate(TRUE, usegmt=True), sent=TRUE - 600, received=TRUE - 600)
    skew[0] = 0.0
    clock.heard(formatdate(TRUE, usegmt=True), sent=TRUE, received=TRUE)
    assert clock.now() == TRUE


def test_a_clock_set_during_a_request_and_a_date_that_is_none_change_nothing() -> None:
    """Neither says what time it is."""
    clock, at = clock_of(0.0)
    clock.heard(formatdate(at[0] - 5_000, usegmt=True), sent=at[0], received=at[0] - 3_600)
    clock.heard("yesterday", sent=at[0], received=at[0])
    assert clock.now() == at[0]


def test_a_client_of_the_tables_leads_the_clock_by_what_it_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer counts, a refusal too: it has a `Date` like any other."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    clock, at = clock_of(240.0)
    client = boto3.client("dynamodb", region_name="us-east-1")
    headers = HTTPHeaders()
    headers["date"] = formatdate(at[0], usegmt=True)

    class Raw:
        """A body that was read."""

        def stream(self) -> list[bytes]:
            return [b'{"__type":"x#ValidationException","message":"no"}']

    def answer(**_: Any) -> Any:
        return AWSResponse("https://dynamodb", 400, headers, Raw())

    clock.follow(client)
    client.meta.events.register("before-send.dynamodb", answer)
    with pytest.raises(client.exceptions.ClientError, match="no"):
        client.get_item(TableName="t", Key={"k": {"S": "v"}})
    assert abs(clock.now() - TRUE) <= 1.1
