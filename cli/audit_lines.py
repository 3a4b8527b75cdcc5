"""The audit of approvals as a table: when, who, what came of it, to which call, from where."""

from typing import Any

from tollgate.approvals.visible import one_line

from cli.output import say, table, when

_REASON = 2000
_DONE = {"approve": "approves", "reject": "rejects", "edit": "edits"}
_BY_ITSELF = {"requested": "asks", "escalated": "asks others", "expired": "time is up", "revoked": "execution ended"}


def show_audit(items: list[dict[str, Any]]) -> None:
    """One row per line of the audit, in the order given."""
    if not items:
        say("nothing happened")
        return
    rows = [
        [when(item["at"]), _who(item), _what(item), item["tool"], item["approval_id"], _where(item)] for item in items
    ]
    table(["AT", "WHO", "WHAT", "TOOL", "APPROVAL", "FROM"], rows)


def _who(item: dict[str, Any]) -> str:
    return str(item.get("by") or item["source"].get("slack_user") or "-")


def _what(item: dict[str, Any]) -> str:
    if item["kind"] not in ("decided", "refused"):
        return _BY_ITSELF.get(item["kind"], str(item["kind"]))
    said = _DONE.get(item.get("decision", ""), "decides")
    if item["kind"] == "refused":
        return f"{said}: refused, {one_line(item.get('reason') or item['outcome'], _REASON)}"
    more = ": more must agree" if item["outcome"] == "pending" else ""
    return said + more + (f": {one_line(item['reason'], _REASON)}" if item.get("reason") else "")


def _where(item: dict[str, Any]) -> str:
    source = item["source"]
    parts = (source["door"], source.get("slack_team"), source.get("slack_user"), source.get("address"))
    return " ".join(part for part in parts if part)
