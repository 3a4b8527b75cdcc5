"""Small, good definition files on disk, to be spoilt one line at a time."""

import json
from datetime import date
from pathlib import Path

from tollgate.definitions.check import check
from tollgate.definitions.load import Roots
from tollgate.definitions.problem import Problem

TODAY = date(2026, 11, 22)

AGENT = """\
schema_version: 1
name: clerk
description: Pays invoices of known vendors.
model: {alias: reasoning, temperature: 0.2}
limits: {tokens: 120000, usd: 2.0, steps: 25, active_seconds: 1200, deadline_seconds: 259200}
input_schema:
  type: object
  required: [task]
  properties: {task: {type: string, x-tollgate-origin: instruction}}
output_schema: {type: object, required: [status]}
tools: [find, pay]
"""

FIND = """\
schema_version: 1
name: find
description: Finds a vendor.
kind: lambda
effect: read
input_schema:
  type: object
  required: [vendor]
  properties: {vendor: {type: string}, account: {type: string}}
trusted_output: [/iban]
"""

PAY = """\
schema_version: 1
name: pay
description: Pays a vendor.
kind: lambda
effect: write
input_schema:
  type: object
  required: [vendor, amount]
  properties: {vendor: {type: string}, amount: {type: number}, currency: {type: string}}
sinks: [[vendor], [amount, currency]]
formats: {amount: {decimal: currency}}
approval: auto
on_retry: keyed
summary: Pay {amount} {currency} to {vendor}
"""

HANDLER = "def handle(arguments, call):\n    return {}\n"

STAGE = {
    "models": {
        "reasoning": {
            "provider": "bedrock",
            "model": "some.model",
            "price": {"input": 3.0, "output": 15.0, "source": "a page", "as_of": "2026-01-31"},
        }
    }
}


def tool(root: Path, text: str, name: str | None = None, handler: str | None = HANDLER) -> Path:
    """A tool's folder under `root/tools`, named as its manifest says unless told otherwise."""
    return _folder(root / "tools" / (name or _name(text)), {"tool.yaml": text, "handler.py": handler})


def agent(root: Path, text: str = AGENT, name: str | None = None, instructions: str | None = "Pay.\n") -> Path:
    """An agent's folder under `root/agents`."""
    return _folder(root / "agents" / (name or _name(text)), {"agent.yaml": text, "instructions.md": instructions})


def good(root: Path) -> Roots:
    """The agent and its two tools, without a single problem."""
    agent(root)
    tool(root, FIND)
    tool(root, PAY)
    return roots(root)


def roots(root: Path) -> Roots:
    """Where the folders above are."""
    for name in ("agents", "tools"):
        (root / name).mkdir(exist_ok=True)
    return Roots(agents=(root / "agents",), tools=(root / "tools",))


def cdk_json(root: Path, stage: object = STAGE, name: str = "dev") -> Path:
    """A cdk.json with one stage."""
    path = root / "cdk.json"
    path.write_text(json.dumps({"context": {"stages": {name: stage}}}, indent=1), "utf-8")
    return path


def found(root: Path, where: Roots | None = None) -> list[str]:
    """What `check` says, with paths relative to the root."""
    return shown(root, check(where or roots(root), today=TODAY))


def shown(root: Path, problems: list[Problem]) -> list[str]:
    """Problems as people read them, without the temporary folder."""
    return [str(problem).replace(f"{root}/", "") for problem in problems]


def _folder(folder: Path, files: dict[str, str | None]) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        if text is not None:
            (folder / name).write_text(text, "utf-8")
    return folder


def _name(text: str) -> str:
    return next(line.split()[1] for line in text.splitlines() if line.startswith("name:"))
