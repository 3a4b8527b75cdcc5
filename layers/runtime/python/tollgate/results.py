"""What became of the calls of a step, told to the model once each."""

import json
from dataclasses import dataclass

from tollgate.advice import what_may_help
from tollgate.conversation import artifact_id
from tollgate.models.call import Call, CallResult, CallState
from tollgate.models.record import Record
from tollgate.models.tool import Tool
from tollgate.offered import READ_ARTIFACT
from tollgate.store.journal import result_key
from tollgate.store.stores import Stores


def screened_calls(records: list[Record]) -> list["Screened"]:
    """The calls of a step as its latest screening left them; none where nothing was screened."""
    screenings = [record for record in records if record.kind == "screening"]
    if not screenings:
        return []
    return [
        Screened(call["call_id"], call["tool"], call.get("fallback"))
        for call in screenings[-1].body["calls"]
        if call["state"] != "REFUSED"
    ]


@dataclass(frozen=True)
class Collected:
    """What the model reads about the calls that are over, how many of them failed, and which calls are not over."""

    results: list[Record]
    failures: int
    unresolved: list[str]


@dataclass(frozen=True)
class Screened:
    """A call as the latest screening of its step left it."""

    call_id: str
    tool: str
    fallback: str | None

    @property
    def fallback_id(self) -> str:
        return f"{self.call_id}f"


def collect(
    stores: Stores,
    execution_id: str,
    step: int,
    screened: list[Screened],
    manifests: dict[str, Tool],
    errors: dict[str, str],
    *,
    give_up: bool = False,
) -> Collected:
    """Journals the result of every call that is over.

    `errors` maps call ids to the error names that the state machine caught. A call is not over when a person must
    decide about it, or when policy changed since it was cleared: screening looks at it again, until `give_up`.
    """
    results: list[Record] = []
    failures, unresolved = 0, list[str]()
    for entry in screened:
        call = _outcome(stores, execution_id, step, entry)
        if call is None:
            continue
        if not call.is_over:
            call = _close(stores, call, manifests, errors.get(entry.call_id), give_up=give_up)
        if not call.is_over:
            unresolved.append(entry.call_id)
            continue
        result = call.result or CallResult(
            ok=False, error=str(call.state), message="the call did not run", started=False
        )
        failures += not result.ok
        results.append(tell(stores, execution_id, step, entry.call_id, entry.tool, result, ran=call))
    return Collected(results, failures, unresolved)


def tell(
    stores: Stores, execution_id: str, step: int, call_id: str, tool: str, result: CallResult, *, ran: Call | None
) -> Record:
    """Journals what the model reads about one call; the first result of a call stays. `ran` is the ledger's item."""
    by = ran.tool if ran else tool
    artifact = ran.artifact if ran else None
    body = {
        "call_id": call_id,
        "tool": tool,
        "by": by,
        "arguments": ran.arguments if ran else None,
        "edited": bool(ran and ran.edited_by),
        "ok": result.ok,
        "text": text_for_model(tool, result, by, artifact_id(step, call_id) if artifact else None),
        "value": result.value,
        "error": result.error,
        "message": result.message,
        "unknown": result.unknown,
        "attempts": result.attempts,
        "duration_ms": result.duration_ms,
        "cut": result.cut,
        "artifact": artifact,
    }
    return stores.journal.write(execution_id, result_key(step, call_id), "result", body, step=step)


def text_for_model(tool: str, result: CallResult, by: str, artifact: str | None = None) -> str:
    """The output as JSON, or `{"error", "message", "attempts", "what_may_help"}`; other notes follow in words.

    A refusal (no attempts) has its advice in its message.

    `artifact` is the id of the whole output where `result` shows it cut.
    """
    if not result.ok:
        error = {"error": result.error, "message": result.message, "attempts": result.attempts}
        if result.attempts:
            error["what_may_help"] = what_may_help(result)
        notes = [] if by == tool else [f"{tool} failed, and this is what became of its fallback {by}"]
        return _noted(json.dumps(error, ensure_ascii=False), notes)
    notes = [] if by == tool else [f"answered by {by}, because {tool} failed"]
    if result.value in (None, "", [], {}):
        notes.append(f"{tool} ran and returned nothing")
    if result.cut:
        notes.append(_cut_note(artifact))
    return _noted(result.text, notes)


def _cut_note(artifact: str | None) -> str:
    if artifact is None:
        return "the output was longer and is shown cut"
    call = json.dumps({"artifact": artifact})
    return f"the output is shown cut; the whole is artifact {artifact}: {READ_ARTIFACT} {call} reads any part of it"


def _noted(text: str, notes: list[str]) -> str:
    return "\n".join([text, *(f"({note})" for note in notes)])


def _outcome(stores: Stores, execution_id: str, step: int, entry: Screened) -> Call | None:
    """The fallback's item if it was used, else the call's own."""
    call = stores.calls.get(entry.tool, execution_id, step, entry.call_id)
    if entry.fallback:
        fallback = stores.calls.get(entry.fallback, execution_id, step, entry.fallback_id)
        if fallback and fallback.state in (CallState.STARTED, CallState.DONE):
            return fallback
    return call


def _close(stores: Stores, call: Call, manifests: dict[str, Tool], error: str | None, *, give_up: bool) -> Call:
    """Ends a call that the state machine gave up on, unless somebody has to look at it.

    A fallback has no question of its own: one that was cut off half-way is told as unknown, never as not run.
    """
    if error is None:
        return call
    manifest = manifests[call.tool]
    started = call.state == CallState.STARTED
    asks = manifest.is_effect and manifest.retry_policy == "never" and call.fallback_for is None
    if (error == "CallRefusedError" or (started and asks)) and not give_up:
        return call
    unknown = started and manifest.is_effect
    attempts = max(1, call.attempts)
    message = _never_finished(call, error, unknown=unknown) if started else f"{call.tool} could not be run ({error})"
    return stores.calls.close(
        call, CallResult(ok=False, error=error, message=message, attempts=attempts, started=started, unknown=unknown)
    )


def _never_finished(call: Call, error: str, *, unknown: bool) -> str:
    """Of a call whose process left no word: it exited, was killed, or ran out of its time or memory."""
    told = f"{call.tool} was started and never finished ({error}, attempts: {call.attempts})"
    if not unknown:
        return f"{told}: its process ended before it answered"
    return (
        f"{told}; whether its effect happened is unknown: do not call it again, and say in your answer that somebody "
        "has to look"
    )
