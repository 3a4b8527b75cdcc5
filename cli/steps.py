"""Decision records as lines for people: who did what, in which step, at what cost."""

import json
from collections.abc import Iterator
from typing import Any

from rich.text import Text

Record = dict[str, Any]

_WIDTH = 96
_STYLES = {"run": "green", "ok": "green", "ask": "yellow", "refuse": "red", "failed": "red", "reject": "red"}


def lines(record: Record) -> Iterator[Text]:
    """The lines of one record, in the words of the field."""
    renderer = _RENDERERS.get(str(record["kind"]))
    if renderer:
        yield from renderer(record)


def _line(step: int, actor: str, what: str, style: str = "", note: str = "") -> Text:
    text = Text(f"  {step:>3}  ", style="dim")
    text.append(f"{actor:<9}", style="bold")
    text.append(_cut(what), style=style)
    if note:
        text.append(f"  {note}", style="dim")
    return text


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _WIDTH else flat[: _WIDTH - 1] + "…"


def _arguments(arguments: Any) -> str:
    if not isinstance(arguments, dict):
        return json.dumps(arguments, ensure_ascii=False)
    return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items())


def _admission(record: Record) -> Iterator[Text]:
    body = record["body"]
    yield _line(0, "admit", body["verdict"], _STYLES.get(body["verdict"], ""))
    for reason in body["reasons"]:
        yield _line(0, "", f"{reason['rule']}: {reason['message']}", "dim")


def _model(record: Record) -> Iterator[Text]:
    body, step = record["body"], record["step"]
    response, bill = body["response"], body["bill"]
    note = f"{bill['tokens']:,} tokens"
    uses = [block for block in response["content"] if block["type"] == "tool_use"]
    texts = [block["text"] for block in response["content"] if block["type"] == "text" and block["text"].strip()]
    if not uses:
        yield _line(step, "model", f"answers {' '.join(texts)}" if texts else "says nothing", note=note)
    for index, use in enumerate(uses):
        proposal = f"{use['name']}({_arguments(use['arguments'])})"
        yield _line(step, "model" if index == 0 else "", proposal, "cyan", note if index == 0 else "")


def _model_failure(record: Record) -> Iterator[Text]:
    yield _line(record["step"], "model", record["body"]["message"], "red")


def _screening(record: Record) -> Iterator[Text]:
    calls = record["body"]["calls"]
    clear = [call["tool"] for call in calls if call["verdict"] == "run"]
    if clear:
        yield _line(record["step"], "screen", f"run {', '.join(clear)}", "green")
    for call in calls:
        if call["verdict"] != "run":
            reasons = "; ".join(f"{reason['rule']}: {reason['message']}" for reason in call["reasons"])
            yield _line(
                record["step"], "screen", f"{call['verdict']} {call['tool']}: {reasons}", _STYLES[call["verdict"]]
            )


def _requested(record: Record) -> Iterator[Text]:
    body = record["body"]
    yield _line(record["step"], "gate", f"waits for a person: {body.get('summary', '')}", "yellow", body["approval_id"])


def _decided(record: Record) -> Iterator[Text]:
    decision = record["body"]
    reason = f": {decision['reason']}" if decision.get("reason") else ""
    style = "green" if decision["decision"] == "approve" else "red" if decision["decision"] == "reject" else "yellow"
    yield _line(record["step"], "gate", f"{decision['by']} says {decision['decision']}{reason}", style)


def _gate_event(record: Record) -> Iterator[Text]:
    words = {"approval_expired": "nobody decided in time", "approval_escalated": "asks others"}
    yield _line(record["step"], "gate", words[record["kind"]], "yellow")


def _result(record: Record) -> Iterator[Text]:
    body = record["body"]
    if body["ok"]:
        note = f"{body['duration_ms']} ms" + (f", {body['attempts']} attempts" if body["attempts"] > 1 else "")
        yield _line(record["step"], "tool", f"{body['by']} ok", "green", note)
    elif body["attempts"]:
        yield _line(record["step"], "tool", f"{body['by']} {body['error']}: {body['message']}", "red")


def _external_check(record: Record) -> Iterator[Text]:
    body = record["body"]
    about = body.get("tool") or f"the {body['stage']}"
    said = f": {body['message']}" if body["message"] else ""
    what = f"{body['rule'].partition(':')[2]} says {body['verdict']} to {about}{said}"
    yield _line(record["step"], "check", what, _STYLES[body["verdict"]], f"{body['duration_ms']} ms")


def _answer_refused(record: Record) -> Iterator[Text]:
    yield _line(record["step"], "conclude", record["body"]["message"], "red")


def _wind_down(record: Record) -> Iterator[Text]:
    for line in str(record["body"]["summary"]).splitlines():
        yield _line(record["step"], "limit", line, "yellow")


_RENDERERS = {
    "admission": _admission,
    "model": _model,
    "model_failure": _model_failure,
    "screening": _screening,
    "approval_requested": _requested,
    "approval_decided": _decided,
    "approval_expired": _gate_event,
    "approval_escalated": _gate_event,
    "result": _result,
    "external_check": _external_check,
    "answer_refused": _answer_refused,
    "wind_down": _wind_down,
}
