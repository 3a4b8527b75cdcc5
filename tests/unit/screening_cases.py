"""A small shop of tools to screen calls against: one of each kind of label."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from tollgate.definitions.registry import ToolEntry
from tollgate.models.agent import Agent
from tollgate.models.principal import Principal
from tollgate.models.tool import Tool
from tollgate.models.verdict import Ruling
from tollgate.screening.case import Case, PastCall, Proposed, Request, Standing
from tollgate.screening.engine import explained, screen
from tollgate.screening.evidence import Evidence

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
TEXT = {"type": "string"}
NUMBER = {"type": "number"}
PERSON = Principal(id="ana", tenant="acme", kind="person", claims={"accounts": ["AC-1", "AC-2"]})
SERVICE = Principal(id="nightly", tenant="acme", kind="service", claims={"accounts": ["AC-1"]})

IBAN_A = "DE89370400440532013000"
IBAN_B = "GB29NWBK60161331926819"
IBAN_EVIL = "FR1420041010050500013M02606"


def tool(name: str, effect: str = "read", arguments: dict[str, Any] | None = None, **more: Any) -> ToolEntry:
    """A manifest as it is deployed; effects are `approval: auto`."""
    manifest = Tool.model_validate(
        {
            "schema_version": 1,
            "name": name,
            "description": f"The tool {name}.",
            "kind": "lambda",
            "effect": effect,
            "input_schema": {"type": "object", "additionalProperties": False, "properties": arguments or {}},
            "approval": "never" if effect == "read" else "auto",
            **more,
        }
    )
    return ToolEntry(manifest=manifest, digest="sha256:0", policy_digest="sha256:1", function_name=f"t-tool-{name}")


def by_name(*entries: ToolEntry) -> dict[str, ToolEntry]:
    return {entry.manifest.name: entry for entry in entries}


TOOLS = by_name(
    tool(
        "lookup_vendor",
        arguments={
            "vendor_id": TEXT,
            "name": TEXT,
            "limit": {"type": "integer", "default": 10},
            "active": {"type": "boolean"},
        },
        trusted_output=["/vendor/id", "/vendor/iban"],
    ),
    tool(
        "list_orders",
        trusted_output=[
            "/orders/*/id",
            "/orders/*/vendor_id",
            "/orders/*/iban",
            "/orders/*/amount",
            "/orders/*/currency",
        ],
    ),
    tool("read_document", arguments={"document": {**TEXT, "x-tollgate-document": True}}, trusted_output=["/iban"]),
    tool("read_mail", arguments={"query": TEXT}),
    tool("add_up", arguments={"numbers": {"type": "array", "items": NUMBER}}, trusted_output=[""]),
    tool("find_contact", arguments={"name": TEXT}, trusted_output=["/*/email"]),
    tool("get_account", arguments={"account_id": TEXT}, owner={"argument": "account_id", "claim": "accounts"}),
    tool(
        "post_invoice",
        "write",
        {"vendor_id": TEXT, "iban": TEXT, "amount": {"type": ["number", "string"]}, "currency": TEXT, "note": TEXT},
        sinks=[["vendor_id", "iban"], ["amount", "currency"]],
        formats={"iban": "iban", "amount": {"decimal": "currency"}},
    ),
    tool(
        "pay",
        "write",
        {"iban": TEXT, "amount": {"type": ["number", "string"]}, "currency": {**TEXT, "default": "EUR"}},
        sinks=[["iban", "amount"]],
        formats={"iban": "iban", "amount": {"decimal": "currency"}},
    ),
    tool(
        "send_mail",
        "external",
        {"to": {"type": "array", "items": TEXT}, "subject": TEXT, "body": TEXT},
        sinks=[["to"]],
        formats={"to": "email"},
    ),
    tool("fetch_page", "external", {"url": TEXT}, sinks=[["url"]], formats={"url": "url"}),
    tool("create_file", "write", {"name": TEXT, "content": TEXT}, sinks=[["name"]], trusted_output=["/id", "/label"]),
    tool("share_file", "external", {"file_id": TEXT, "email": TEXT}, sinks=[["file_id"], ["email"]]),
    tool("list_files", trusted_output=["/*/id"]),
    tool("find_file", arguments={"name": TEXT}, trusted_output=["/*/id"]),
    tool("delete_file", "destructive", {"file_id": TEXT}, sinks=[["file_id"]]),
    tool(
        "move_event", "write", {"event_id": TEXT, "day": TEXT}, sinks=[["event_id"], ["day"]], formats={"day": "date"}
    ),
    tool("refund", "write", {"total": NUMBER}, sinks=[["total"]]),
    tool("cancel_plan", "write"),
    tool("add_note", "write", {"text": TEXT}),
    tool("wire", "write", {"account": TEXT}, sinks=[["account"]], formats={"account": "account"}),
    tool("set_rules", "write", {"rules": {"type": "object", "additionalProperties": True}}, sinks=[["rules"]]),
    tool(
        "post_message",
        "external",
        {"channel": TEXT, "text": TEXT, "attachments": {"type": "array"}},
        sinks=[["channel"]],
    ),
    tool(
        "pay_all",
        "write",
        {"rows": {"type": "array", "items": {"type": "object", "properties": {"iban": TEXT, "amount": NUMBER}}}},
        sinks=[["rows"]],
    ),
    tool("wire_parts", "write", {"bank": TEXT, "number": TEXT}, sinks=[["bank", "number"]]),
    tool("set_limit", "write", {"limit": NUMBER}, sinks=[["limit"]]),
    tool("stop_service", "destructive", {"service": TEXT}, sinks=[["service"]]),
    tool("guarded", "write", {"name": TEXT}, sinks=[["name"]], approval="always"),
)


def agent(tools: dict[str, ToolEntry] | None = None, **more: Any) -> Agent:
    """An agent that lists every tool and has a waiver for every effect."""
    listed = TOOLS if tools is None else tools
    waiver = {"owner": "finance", "reason": "small sums", "review_by": date(2027, 6, 30)}
    return Agent.model_validate(
        {
            "schema_version": 1,
            "name": "clerk",
            "description": "Works in the shop.",
            "model": {},
            "limits": {"tokens": 1, "usd": 1, "steps": 9, "active_seconds": 1, "deadline_seconds": 1, "approvals": 3},
            "input_schema": {"type": "object"},
            "output_schema": {"type": "object"},
            "tools": list(listed),
            "waivers": {name: waiver for name, entry in listed.items() if entry.manifest.is_effect},
            **more,
        }
    )


CLERK = agent()


def request(instruction: str = "", documents: dict[str, str] | None = None, principal: Principal = PERSON) -> Request:
    return Request((instruction,), documents or {}, principal)


def case(
    name: str,
    arguments: Any = None,
    asked: Request | str = "",
    history: list[PastCall] | None = None,
    by: Agent = CLERK,
    malformed: str | None = None,
    **standing: Any,
) -> Case:
    """One call, as a rule is given it."""
    wanted = request(asked) if isinstance(asked, str) else asked
    call = Proposed(name, {} if arguments is None else arguments, malformed)
    stands = replace(Standing(now=NOW), **standing)
    return Case(by, TOOLS, wanted, Evidence(wanted, TOOLS, history or []), call, stands)


def ruling(of: Case) -> Ruling:
    """What the whole engine says about a case, and to a person who is asked."""
    return explained(of, screen(of.agent, of.tools, of.request, of.evidence, of.call, of.standing))


def vendor(iban: str = IBAN_A, vendor_id: str = "V-100") -> dict[str, Any]:
    """What `lookup_vendor` returns."""
    return {"vendor": {"id": vendor_id, "iban": iban, "name": "Acme"}}
