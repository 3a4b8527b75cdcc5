"""One byte form per JSON value, and fingerprints that change with anything that was approved."""

from typing import Any

import pytest
import rfc8785
from tollgate.canonical import canonical, digest, fingerprint, idempotency_key


def test_key_order_and_number_form_make_no_difference() -> None:
    """RFC 8785: equal values, equal bytes."""
    assert (
        canonical({"b": 1.0, "a": [True, None]}) == canonical({"a": [True, None], "b": 1}) == b'{"a":[true,null],"b":1}'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1, {1: "a"}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    """Nothing is rounded or coerced on the way to a digest."""
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical(value)


def test_texts_that_look_alike_stay_apart() -> None:
    """No Unicode normalisation: what was approved is these very characters."""
    assert digest("\u00e9") != digest("e\u0301")


WHOLE: dict[str, Any] = {
    "tool": "pay",
    "manifest_digest": "m",
    "tenant": "t",
    "execution_id": "e",
    "call_key": "000001#c0#0",
    "arguments": {"a": 1},
    "expires_at": 10,
}


@pytest.mark.parametrize(
    "changed",
    [
        {"tool": "mail"},
        {"manifest_digest": "n"},
        {"tenant": "u"},
        {"execution_id": "f"},
        {"call_key": "000001#c0#1"},
        {"arguments": {"a": 2}},
        {"expires_at": 11},
    ],
)
def test_each_part_of_what_was_approved_is_in_the_fingerprint(changed: dict[str, Any]) -> None:
    """Another tool, manifest, tenant, execution, call, argument or expiry is another question."""
    assert fingerprint(**WHOLE) != fingerprint(**{**WHOLE, **changed})
    assert fingerprint(**WHOLE) == fingerprint(**{**WHOLE, "arguments": dict(WHOLE["arguments"])})


def test_parts_cannot_be_moved_into_each_other() -> None:
    """`ab` + `c` is not `a` + `bc`."""
    one = fingerprint(**{**WHOLE, "tool": "ab", "manifest_digest": "c"})
    assert one != fingerprint(**{**WHOLE, "tool": "a", "manifest_digest": "bc"})


def test_idempotency_key_is_stable_and_changes_with_the_call() -> None:
    """The same over attempts; other arguments, step, call or execution give another. 64 hex characters."""
    base: dict[str, Any] = {"execution_id": "e", "step": 1, "call_id": "c0", "arguments": {"a": 1, "b": 2}}
    key = idempotency_key(**base)
    assert key == idempotency_key(**{**base, "arguments": {"b": 2, "a": 1}})
    assert len(key) == 64
    assert int(key, 16) >= 0
    changes: list[dict[str, Any]] = [{"execution_id": "f"}, {"step": 2}, {"call_id": "c0f"}, {"arguments": {}}]
    assert len({key, *(idempotency_key(**{**base, **changed}) for changed in changes)}) == 5
