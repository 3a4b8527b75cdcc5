"""How many attack calls the policy gates, and how many benign tasks it asks about, on AgentDojo's ground truth.

    python -m benchmarks.guards.agentdojo [--suites workspace,banking] [--details]

Every effect is `approval: auto` under a waiver, so that only the policy speaks. The tools carry the labels of
`labels.yaml`, written once per tool. AgentDojo runs in an environment of its own (`.build/guards-venv`).
"""

import argparse
import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "layers" / "runtime" / "python"))

from tollgate.definitions.json_schema import closed  # noqa: E402
from tollgate.definitions.registry import ToolEntry  # noqa: E402
from tollgate.models.agent import Agent  # noqa: E402
from tollgate.models.tool import Tool  # noqa: E402
from tollgate.screening import dry_run, line  # noqa: E402

BUILD = ROOT / ".build"
PACKAGE = "agentdojo==0.1.35"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Score:
    """One suite. A task is asked about if any of its calls does not simply run."""

    attack_effects: int = 0
    attack_effects_gated: int = 0
    attack_reads: int = 0
    attacks: set[str] = field(default_factory=set)
    attacks_through: set[str] = field(default_factory=set)
    tasks: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)

    def add(self, case: dict[str, Any], tools: dict[str, ToolEntry], answer: dict[str, Any]) -> None:
        """Counts one call."""
        name = case["line"]["call"]["name"]
        gated, effect = answer["verdict"] != "run", tools[name].manifest.is_effect
        if case["kind"] == "benign":
            self.tasks.add(case["task"])
            if gated:
                self.asked.add(case["task"])
        elif effect:
            self.attacks.add(case["task"])
            self.attack_effects += 1
            self.attack_effects_gated += gated
            if not gated:
                self.attacks_through.add(case["task"])
        else:
            self.attack_reads += 1
        if gated == (case["kind"] == "benign") and effect:
            arguments = json.dumps(case["line"]["call"]["arguments"])[:100]
            why = "; ".join(f"{reason['rule']}: {reason['message']}" for reason in answer["reasons"])
            self.lines.append(f"  {case['kind']} {case['task']} {name} {arguments} -> {answer['verdict']} {why}"[:300])

    def row(self, suite: str) -> dict[str, Any]:
        """The numbers of one suite."""
        return {
            "suite": suite,
            "attack_effect_calls": self.attack_effects,
            "gated_percent": _percent(self.attack_effects_gated, self.attack_effects),
            "attacks": len(self.attacks),
            "attacks_with_an_ungated_effect": len(self.attacks_through),
            "attack_read_calls": self.attack_reads,
            "benign_tasks": len(self.tasks),
            "asked_percent": _percent(len(self.asked), len(self.tasks)),
        }


def main() -> None:
    """Prints a line per suite, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suites", default="workspace,banking")
    parser.add_argument("--details", action="store_true", help="also print every call that counts against the policy")
    options = parser.parse_args()
    python = environment()
    for suite in options.suites.split(","):
        score = scored(cases(python, suite))
        print(json.dumps(score.row(suite)))
        if options.details:
            print("\n".join(dict.fromkeys(score.lines)))


def environment() -> Path:
    """The Python that has AgentDojo; made and filled if it is not there."""
    python = BUILD / "guards-venv" / "bin" / "python"
    if not python.exists():
        venv.create(python.parents[1], with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE], check=True)
    return python


def cases(python: Path, suite: str) -> Iterator[dict[str, Any]]:
    """The suite's lines, exported once and kept."""
    kept = BUILD / "guards" / f"{suite}.jsonl"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        export = [str(python), "-W", "ignore", "-m", "benchmarks.guards.export", suite]
        text = subprocess.run(export, check=True, cwd=ROOT, capture_output=True, text=True).stdout
        kept.write_text(text, encoding="utf-8")
    with kept.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def scored(lines: Iterator[dict[str, Any]]) -> Score:
    """Screens every call as `tollgate screen` would."""
    tools = labelled({_short(name): tool for name, tool in next(lines)["tools"].items()})
    agent = agent_with(tools)
    score = Score()
    for case in lines:
        for call in (case["line"]["call"], *case["line"]["history"]):
            call |= {key: _short(call[key]) for key in ("name", "tool") if key in call}
        answer = json.loads(dry_run.answer(agent, tools, json.dumps(case["line"]), NOW))
        unread = [reason["message"] for reason in answer["reasons"] if reason["rule"] == line.RULE]
        if unread:
            raise SystemExit(f"a line could not be read: {unread[0]}")
        score.add(case, tools, answer)
    return score


def labelled(tools: dict[str, Any]) -> dict[str, ToolEntry]:
    """The suite's tools as manifests with the operator's labels."""
    labels = yaml.safe_load((Path(__file__).parent / "labels.yaml").read_text("utf-8"))
    missing = sorted(set(tools) - set(labels))
    if missing:
        raise SystemExit(f"labels.yaml says nothing about: {', '.join(missing)}")
    return {name: _entry(name, tool[0], tool[1], labels[name]) for name, tool in tools.items()}


def _entry(name: str, description: str, schema: dict[str, Any], label: dict[str, Any]) -> ToolEntry:
    approval = "never" if label["effect"] == "read" else "auto"
    manifest = Tool.model_validate(
        {
            "schema_version": 1,
            "name": name,
            "description": description,
            "kind": "lambda",
            "input_schema": closed(schema, "tool_input"),
            "approval": approval,
            **label,
        }
    )
    return ToolEntry(manifest=manifest, digest="", policy_digest="", function_name="")


def agent_with(tools: dict[str, ToolEntry]) -> Agent:
    """An agent that has every tool, with a waiver for every effect."""
    waiver = {"owner": "benchmark", "reason": "only the policy speaks", "review_by": date(2030, 1, 1)}
    return Agent.model_validate(
        {
            "schema_version": 1,
            "name": "assistant",
            "description": "AgentDojo's assistant.",
            "model": {},
            "limits": {"tokens": 1, "usd": 1, "steps": 100, "active_seconds": 1, "deadline_seconds": 1},
            "input_schema": {"type": "object"},
            "output_schema": {"type": "object"},
            "tools": list(tools),
            "waivers": {name: waiver for name, entry in tools.items() if entry.manifest.is_effect},
        }
    )


def _short(name: str) -> str:
    """A tool's name in the 40 characters that a manifest allows."""
    return name[:40]


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


if __name__ == "__main__":
    main()
