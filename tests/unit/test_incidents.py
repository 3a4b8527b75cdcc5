"""An incident is one log line and one count, each with what leads back to the execution."""

import json
from typing import Any

import pytest
from tollgate import incidents

MARKED = {"rule": "tool_boundary", "message": "agent a proposed pay", "incident": True, "effect": "write"}
PLAIN = {"rule": "unknown_tool", "message": 'agent a has no tool "pay"'}


def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *calls: list[Any]) -> tuple[Any, Any]:
    """The log lines and the metric lines for calls with these reasons."""
    lines: list[Any] = []
    monkeypatch.setattr(incidents.logger, "warning", lambda message, extra: lines.append({"message": message, **extra}))
    screening = {"calls": [{"call_id": f"c{n}", "tool": "pay", "reasons": r} for n, r in enumerate(calls)]}
    incidents.tell(screening, execution_id="exe-1", step=4, agent="a", environment="tollgate-dev")
    return lines, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_incident_is_logged_and_counted(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One line per call with rule and execution; one metric line with the number, by deployment and by agent."""
    lines, metrics = told(capsys, monkeypatch, [PLAIN, MARKED], [PLAIN], [MARKED])
    assert [(line["incident"], line["execution"], line["step"], line["call"]) for line in lines] == [
        ("tool_boundary", "exe-1", 4, "c0"),
        ("tool_boundary", "exe-1", 4, "c2"),
    ]
    (metric,) = metrics
    (directive,) = metric["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Tollgate"
    assert [sorted(one) for one in directive["Dimensions"]] == [
        ["environment", "service"],
        ["agent", "environment", "service"],
    ]
    assert [one["Name"] for one in directive["Metrics"]] == ["BoundaryRefusals"]
    assert metric["BoundaryRefusals"] == [2.0]
    assert (metric["service"], metric["environment"], metric["agent"]) == ("screening", "tollgate-dev", "a")
    assert metric["execution"] == "exe-1"


def test_an_ordinary_refusal_is_no_incident(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typing error of the model wakes nobody."""
    assert told(capsys, monkeypatch, [PLAIN]) == ([], [])
