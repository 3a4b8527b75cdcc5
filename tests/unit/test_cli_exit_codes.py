"""The exit codes are a contract."""

from typing import Any

import pytest

from cli.exit_codes import of_execution


@pytest.mark.parametrize(
    ("outcome", "pending", "code"),
    [
        ("completed", [], 0),
        ("failed", [], 1),
        ("stopped", [], 1),
        ("limit_reached", [], 3),
        ("rejected", [], 4),
        (None, ["apr-1"], 5),
    ],
)
def test_each_end_has_its_exit_code(outcome: str | None, pending: list[Any], code: int) -> None:
    """Scripts tell the ends apart by number alone."""
    assert of_execution({"outcome": outcome, "pending_approvals": pending}) == code
