"""What a provider says when it refuses: one short line, no secret; and when it says to come back."""

import pytest
from tollgate.model.failure import MAX_DETAIL, retry_after_seconds, server_message, shortened

NOON = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": {"message": "model not found", "code": 404}}', "model not found"),
        (b'{"error": "out of memory"}', "out of memory"),
        (b'{"message": "bad"}', "bad"),
        (b'{"detail": "not here"}', "not here"),
        (b'{"error": {"code": 5}}', '{"error": {"code": 5}}'),
        (b"<html><style>p{}</style><h1>502 Bad\nGateway</h1></html>", "502 Bad Gateway"),
        (b"", "(the server gave no reason)"),
        (b"[" * 100_000, "[" * (MAX_DETAIL - 1) + "…"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_reason_is_found_in_any_error_body(body: bytes, message: str) -> None:
    """JSON in its usual shapes, an HTML page, nothing, or noise."""
    assert server_message(body) == message


def test_secret_that_the_server_echoes_is_hidden() -> None:
    """Error messages reach logs, the journal and the API."""
    assert server_message(b'{"error": {"message": "wrong key sk-123!"}}', "sk-123") == "wrong key ***!"


def test_long_text_is_cut_to_one_line() -> None:
    """A megabyte of error is no more use than its beginning."""
    line = shortened("word\n" * 200_000)
    assert len(line) == MAX_DETAIL
    assert "\n" not in line


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"RETRY-AFTER-MS": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After": "Tue, 14 Nov 2023 22:13:30 GMT"}, 10.0),
        ({"Retry-After": "Tue, 14 Nov 2023 22:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
    ],
)
def test_hint_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds or a date; nonsense is no hint."""
    assert retry_after_seconds(headers, NOON) == seconds
