"""Slack's signature, judged by Slack's own SDK."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier
from tollgate.slack.signature import WINDOW_SECONDS, refusal, sign

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_795_377_600


class Frozen:
    """The SDK's clock."""

    def now(self) -> float:
        return NOW


def headers_of(body: bytes, timestamp: str = str(NOW)) -> dict[str, str]:
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature or ""}


@given(st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_what_the_sdk_signs_is_believed_and_the_other_way_round(body: bytes) -> None:
    """Both make and take the same signatures for any text."""
    assert refusal(signing_secret=SECRET, headers=headers_of(body), body=body, now=NOW) is None
    verifier = SignatureVerifier(SECRET, clock=Frozen())  # type: ignore[arg-type]
    assert verifier.is_valid(body=body.decode(), timestamp=str(NOW), signature=sign(SECRET, str(NOW), body))


@pytest.mark.parametrize("shift", [WINDOW_SECONDS, -WINDOW_SECONDS])
def test_the_window_is_five_minutes_either_way(shift: int) -> None:
    """The last second counts, the next does not."""
    headers = headers_of(b"x")
    assert refusal(signing_secret=SECRET, headers=headers, body=b"x", now=NOW + shift) is None
    beyond = NOW + shift + (1 if shift > 0 else -1)
    assert "300 seconds" in str(refusal(signing_secret=SECRET, headers=headers, body=b"x", now=beyond))


@pytest.mark.parametrize("timestamp", ["", "now", "1e9", "-5", "\uff11\uff17", "9" * 40, "1795377600.0"])
def test_a_timestamp_that_is_no_number_is_refused_not_raised(timestamp: str) -> None:
    """The SDK raises here; a callback must answer 401."""
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": "v0=0"}
    assert refusal(signing_secret=SECRET, headers=headers, body=b"x", now=NOW)


def test_any_other_body_secret_or_version_is_refused() -> None:
    """One bit is enough."""
    headers = headers_of(b"payload=1")
    assert refusal(signing_secret=SECRET, headers=headers, body=b"payload=2", now=NOW)
    assert refusal(signing_secret="other", headers=headers, body=b"payload=1", now=NOW)
    other = headers | {"X-Slack-Signature": headers["X-Slack-Signature"].replace("v0=", "v1=")}
    assert refusal(signing_secret=SECRET, headers=other, body=b"payload=1", now=NOW)


def test_without_a_secret_nothing_is_believed() -> None:
    """An empty key would let anybody sign."""
    headers = {"X-Slack-Request-Timestamp": str(NOW), "X-Slack-Signature": sign("", str(NOW), b"x")}
    assert refusal(signing_secret="", headers=headers, body=b"x", now=NOW)


def test_header_names_are_case_blind() -> None:
    """API Gateway lowers them, others do not."""
    headers = {name.upper(): value for name, value in headers_of(b"x").items()}
    assert refusal(signing_secret=SECRET, headers=headers, body=b"x", now=NOW) is None
