"""Decision records as lines for people: who did what, in which step, at what cost."""

import json
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from cli.output import seen

Record = dict[str, Any]

_WIDTH = 96
_SENTENCE = 600
"""What went wrong is said whole: its end is where it says what to do."""
_STYLES = {"run": "green", "ok": "green", "ask": "yellow", "refuse": "red", "failed": "red", "reject": "red"}


def lines(record: Record) -> Iterator[Text]:
    """The lines of one record, in the words of the field; none for a kind of a later version."""
    renderer = _RENDERERS.get(str(record["kind"]))
    if renderer is None:
        return
    if "cut_from_bytes" in record["body"]:
        yield _too_long(record)
        return
    yield from renderer(record)


def _too_long(record: Record) -> Text:
    """The API shows the long fields of such a record as the beginning of their JSON, so there is nothing to tell."""
    kind, size = record["kind"], record["body"]["cut_from_bytes"]
    return _line(record["step"], "trace", f"a {kind} record of {size:,} bytes: --json shows how it begins", "dim")


def _line(step: int, actor: str, what: str, style: str = "", note: str = "") -> Text:
    text = Text(f"  {step:>3}  ", style="dim")
    text.append(f"{actor:<9}", style="bold")
    text.append(_cut(what, _SENTENCE if style == "red" else _WIDTH), style=style)
    if note:
        text.append(f"  {seen(note)}", style="dim")
    return text


def _cut(text: str, most: int) -> str:
    flat = seen(" ".join(text.split()))
    return flat if len(flat) <= most else flat[: most - 1] + "…"


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
    if body.get("error"):
        yield _line(record["step"], "gate", f"no card in Slack for {body['approval_id']}: {body['error']}", "red")
        return
    yield _line(record["step"], "gate", f"waits for a person: {body.get('summary', '')}", "yellow", body["approval_id"])


def _decided(record: Record) -> Iterator[Text]:
    decision = record["body"]
    reason = f": {decision['reason']}" if decision.get("reason") else ""
    style = "green" if decision["decision"] == "approve" else "red" if decision["decision"] == "reject" else "yellow"
    yield _line(record["step"], "gate", f"{decision['by']} says {decision['decision']}{reason}", style)


def _expired(record: Record) -> Iterator[Text]:
    yield _line(record["step"], "gate", "nobody decided in time", "yellow")


def _escalated(record: Record) -> Iterator[Text]:
    yield from _told(record, f"asks others, too: {', '.join(record['body']['escalate_to'])}", "could not tell Slack")


def _reminded(record: Record) -> Iterator[Text]:
    yield from _told(record, "reminds those who may decide", "the reminder did not reach Slack")


def _notified(record: Record) -> Iterator[Text]:
    body = record["body"]
    target = "the notifications" if body["target"] == "all" else body["target"]
    about = f"that the question {_ABOUT[body['about']]}"
    if body["error"]:
        yield _line(record["step"], "gate", f"{target} could not be told {about}: {body['error']}", "red")
    else:
        yield _line(record["step"], "gate", f"tells {target} {about}", "yellow")


_ABOUT = {"requested": "waits", "reminded": "still waits", "escalated": "went to others, too"}
"""Why somebody is notified."""


def _told(record: Record, what: str, failure: str) -> Iterator[Text]:
    """The gate's event, and where Slack did not take it, why."""
    yield _line(record["step"], "gate", what, "yellow")
    if record["body"]["error"]:
        yield _line(record["step"], "", f"{failure}: {record['body']['error']}", "red")


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


def _outcome(record: Record) -> Iterator[Text]:
    yield _line(record["step"], "conclude", record["body"]["outcome"], "green")


def _by_whom(record: Record) -> Iterator[Text]:
    words = {"stop": "stops it: nothing new starts", "redrive": "redrives it: it goes on from here"}
    yield _line(record["step"], record["kind"], f"{record['body']['by']} {words[record['kind']]}", "yellow")


def _replay(record: Record) -> Iterator[Text]:
    body = record["body"]
    effects = "effects ask a person" if body["live"] else "effects are disabled"
    yield _line(0, "replay", f"of {body['of']} from step {body['from_step']}; {effects}", "yellow")


def _recall(record: Record) -> Iterator[Text]:
    body = record["body"]
    for found in body["recalled"]:
        yield _line(0, "memory", f"recalls {found['episode']['memory_id']}", note=f"score {found['score']}")
    if body.get("error"):
        yield _line(0, "memory", body["error"], "red")
    elif not body["recalled"]:
        yield _line(0, "memory", f"recalls nothing: {body['looked_at']} episodes, none alike", "dim")


def _budget_notice(record: Record) -> Iterator[Text]:
    body = record["body"]
    what = f"{body['scope']} is used up to {body['used_percent']}%, past {body['percent']}%"
    yield _line(record["step"], "budget", what, "yellow")


def _summary(record: Record) -> Iterator[Text]:
    body = record["body"]
    note = f"{body['bill']['tokens']:,} tokens" if body["bill"] else ""
    if body["error"]:
        yield _line(record["step"], "note", f"the model wrote no closing note: {body['error']}", "red", note)
    elif body["text"]:
        yield _line(record["step"], "note", "the model writes a closing note", note=note)  # it is in the summary


def _wind_down(record: Record) -> Iterator[Text]:
    for line in str(record["body"]["summary"]).splitlines():
        yield _line(record["step"], "limit", line, "yellow")


_RENDERERS = {
    "admission": _admission,
    "recall": _recall,
    "replay": _replay,
    "model": _model,
    "model_failure": _model_failure,
    "screening": _screening,
    "approval_requested": _requested,
    "approval_notified": _notified,
    "approval_reminded": _reminded,
    "approval_escalated": _escalated,
    "approval_decided": _decided,
    "approval_expired": _expired,
    "result": _result,
    "external_check": _external_check,
    "answer_refused": _answer_refused,
    "budget_notice": _budget_notice,
    "outcome": _outcome,
    "summary": _summary,
    "wind_down": _wind_down,
    "stop": _by_whom,
    "redrive": _by_whom,
}
