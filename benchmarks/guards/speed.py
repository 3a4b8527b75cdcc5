"""How long one verdict takes, with how much history; the evidence is collected call by call, as a run does.

    python -m benchmarks.guards.speed [--steps 30,60,120]

One line per kind of call, over calls that all differ: p50 and p99 of `screen`, the whole verdict of one call on
evidence that is there already; p50 of looking up the origins for the card of a call that asks; and what collecting the
evidence cost per step, which a task does once for all calls of its turn.
"""

import argparse
import json
import random
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "layers" / "runtime" / "python"))

from tollgate.models.principal import Principal
from tollgate.models.tool import Tool
from tollgate.screening.case import Case, PastCall, Proposed, Request, Standing
from tollgate.screening.engine import explained, screen
from tollgate.screening.evidence import Evidence

from benchmarks.guards.agentdojo import agent_with

from tollgate.definitions.registry import ToolEntry  # isort: skip

BYTES_PER_STEP = 200_000 // 30
ROUNDS = 1000
STANDING = Standing(now=datetime(2026, 1, 1, tzinfo=UTC))
TEXT = {"type": "string"}


def main() -> None:
    """Prints a line per history and call, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", default="30,60,120")
    tools, words = shop(), random.Random(7)
    agent = agent_with(tools)
    for steps in map(int, parser.parse_args().steps.split(",")):
        request = Request((f"Pay the vendors as listed; write to bob@acme.org. {prose(words, 500)}",), {}, PERSON)
        past = history(words, steps)
        evidence, started = Evidence(request, tools), time.perf_counter()
        for ran in past:
            evidence.add(ran)
        cost = {"collecting_us_per_step": round((time.perf_counter() - started) / steps * 1e6, 1)}
        for kind in (read, vouched, steered, mail, leak):
            deciding, explaining, verdicts = [], [], set()
            for call in [kind(words, past) for _ in range(ROUNDS)]:
                started = time.perf_counter()
                ruling = screen(agent, tools, request, evidence, call, STANDING)
                decided = time.perf_counter()
                explained(Case(agent, tools, request, evidence, call, STANDING), ruling)
                explaining.append(time.perf_counter() - decided)
                deciding.append(decided - started)
                verdicts.add(ruling.verdict)
            said = f"{kind.__name__}: {'/'.join(sorted(verdicts))}"
            print(json.dumps(row(steps, past, said, deciding, explaining) | cost))


PERSON = Principal(id="ana", tenant="acme", kind="person")


def row(steps: int, past: list[PastCall], call: str, deciding: list[float], explaining: list[float]) -> dict[str, Any]:
    return {
        "steps": steps,
        "history_bytes": sum(len(json.dumps(found.output)) for found in past),
        "call": call,
        "p50_us": round(statistics.median(deciding) * 1e6, 1),
        "p99_us": round(statistics.quantiles(deciding, n=100)[98] * 1e6, 1),
        "card_p50_us": round(statistics.median(explaining) * 1e6, 1),
    }


def shop() -> dict[str, ToolEntry]:
    """Two reads and two effects."""
    fields = ["/v/*/id", "/v/*/iban", "/v/*/amount", "/v/*/currency"]
    pay = {"vendor_id": TEXT, "iban": TEXT, "amount": {"type": "number"}, "currency": TEXT, "note": TEXT}
    found = (
        manifest("list_vendors", "read", {}, trusted_output=fields),
        manifest("read_page", "read", {"name": TEXT}),
        manifest(
            "pay_vendor",
            "write",
            pay,
            sinks=[["vendor_id", "iban"], ["amount", "currency"]],
            formats={"iban": "iban", "amount": {"decimal": "currency"}},
        ),
        manifest("send_mail", "external", {"to": TEXT, "body": TEXT}, sinks=[["to"]], formats={"to": "email"}),
    )
    return {entry.manifest.name: entry for entry in found}


def manifest(name: str, effect: str, arguments: dict[str, Any], **more: Any) -> ToolEntry:
    schema = {"type": "object", "additionalProperties": False, "properties": arguments}
    approval = "never" if effect == "read" else "auto"
    fields = {"schema_version": 1, "name": name, "description": name, "kind": "lambda", "effect": effect}
    tool = Tool.model_validate({**fields, "input_schema": schema, "approval": approval, **more})
    return ToolEntry(manifest=tool, digest="", policy_digest="", function_name="")


def history(words: random.Random, steps: int) -> list[PastCall]:
    """A third of the steps list twenty vendors each, the others read a page."""
    return [listing(words, step) if step % 3 == 0 else page(words) for step in range(steps)]


def listing(words: random.Random, step: int) -> PastCall:
    rows = [
        {
            "id": f"V-{step}-{number}",
            "iban": f"DE{words.randrange(10**20):020d}",
            "amount": round(words.random() * 1000, 2),
            "currency": "EUR",
            "note": prose(words, BYTES_PER_STEP // 30),
        }
        for number in range(20)
    ]
    return PastCall("list_vendors", {}, {"v": rows})


def page(words: random.Random) -> PastCall:
    return PastCall("read_page", {"name": "x"}, {"text": prose(words, BYTES_PER_STEP)})


def read(words: random.Random, _: list[PastCall]) -> Proposed:
    return Proposed("read_page", {"name": prose(words, 12)})


def vouched(words: random.Random, past: list[PastCall]) -> Proposed:
    """A vendor of some listing, paid as listed."""
    listings = [call for call in past if call.tool == "list_vendors"]
    found = words.choice(words.choice(listings).output["v"])
    arguments = {key: found[key] for key in ("iban", "amount", "currency")}
    return Proposed("pay_vendor", {"vendor_id": found["id"], **arguments, "note": prose(words, 40)})


def steered(words: random.Random, past: list[PastCall]) -> Proposed:
    """The same with an account from nowhere."""
    return Proposed("pay_vendor", {**vouched(words, past).arguments, "iban": f"FR{words.randrange(10**20):020d}"})


def mail(words: random.Random, _: list[PastCall]) -> Proposed:
    return Proposed("send_mail", {"to": "bob@acme.org", "body": prose(words, 800)})


def leak(words: random.Random, _: list[PastCall]) -> Proposed:
    """To somebody unknown, with a link."""
    host = f"{prose(words, 8).replace(' ', '')}.example"
    return Proposed("send_mail", {"to": f"eve@{host}", "body": f"{prose(words, 800)} www.{host}"})


def prose(words: random.Random, characters: int) -> str:
    text = " ".join("".join(words.choices("etaoinshrdlu", k=words.randint(2, 9))) for _ in range(characters // 4))
    return text[:characters]


if __name__ == "__main__":
    main()
