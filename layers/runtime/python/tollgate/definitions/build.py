"""Definitions and a stage's settings -> one registry document, byte for byte the same for the same files.

    python -m tollgate.definitions.build --stage local --prefix tollgate-local --cdk-json cdk.json \
        --agents agents --tools lambdas/tools --out build/registry.json

Writes `FILE` (a `Registry`) and `FILE.folders.json` (tool name -> folder). Nothing is written when `check` finds
an error: then each problem is one line on stderr and the exit code is 1.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tollgate.canonical import digest
from tollgate.definitions import builtin
from tollgate.definitions import stage as stages
from tollgate.definitions.check import check_loaded
from tollgate.definitions.json_schema import closed
from tollgate.definitions.load import AgentFile, Definitions, Roots, ToolFile, load
from tollgate.definitions.problem import Problem, errors
from tollgate.definitions.registry import AgentEntry, Registry, ToolEntry
from tollgate.definitions.stage import StageSettings

MAX_FUNCTION_NAME = 64


@dataclass(frozen=True)
class Built:
    """The registry, or None when there are errors; `problems` holds warnings too. `folders` are absolute."""

    registry: Registry | None
    folders: dict[str, str]
    problems: list[Problem]


def build(*, roots: Roots, cdk_json: Path, stage: str, prefix: str, environ: Mapping[str, str]) -> Built:
    """Reads, checks and compiles. Tools that no agent lists are part of the registry all the same.

    Tollgate's own tools are in every registry, whatever the roots.
    """
    settings = stages.read(cdk_json, stage, environ)
    found, own = load(roots), load(builtin.ROOTS)
    problems = [*settings.problems, *check_loaded(found, settings.settings), *_long_names(found, prefix)]
    problems += check_loaded(own)
    if errors(problems) or settings.settings is None:
        return Built(None, {}, problems)
    folders = {name: str(tool.folder.resolve()) for name, tool in sorted({**found.tools, **own.tools}.items())}
    return Built(_registry(found, own, settings.settings, stage, prefix), folders, problems)


def agent_entry(file: AgentFile) -> AgentEntry:
    """The agent as it is deployed: schemas closed, instructions included, one digest over both."""
    agent = file.definition
    definition = agent.model_copy(
        update={
            "input_schema": closed(agent.input_schema, "agent_input"),
            "output_schema": closed(agent.output_schema, "output"),
        }
    )
    covered = [definition.model_dump(mode="json"), file.instructions]
    return AgentEntry(definition=definition, instructions=file.instructions, digest=digest(covered))


def tool_entry(file: ToolFile, agents: Mapping[str, AgentEntry], prefix: str) -> ToolEntry:
    """The tool as it is deployed. Whatever may change a verdict about it changes its policy digest."""
    manifest = file.manifest.model_copy(update={"input_schema": closed(file.manifest.input_schema, "tool_input")})
    document = manifest.model_dump(mode="json")
    listing = {name: entry.digest for name, entry in agents.items() if manifest.name in entry.definition.tools}
    return ToolEntry(
        manifest=manifest,
        digest=digest(document),
        policy_digest=digest([document, listing]),
        function_name=_function_name(prefix, manifest.name),
    )


def document(registry: Registry) -> str:
    """The registry as JSON text: agents and tools by name, a schema's properties as their author ordered them.

    Cards and forms show arguments in that order; digests are canonical and do not know it.
    """
    return _json(registry.model_dump(mode="json"))


def _registry(found: Definitions, own: Definitions, settings: StageSettings, stage: str, prefix: str) -> Registry:
    agents = {name: agent_entry(file) for name, file in sorted(found.agents.items())}
    return Registry(
        stage=stage,
        prefix=prefix,
        agents=agents,
        tools={name: tool_entry(file, agents, prefix) for name, file in sorted(found.tools.items())},
        builtin={name: tool_entry(file, agents, prefix) for name, file in sorted(own.tools.items())},
        models=settings.models,
        principals=settings.principals,
        slack=settings.slack,
        notifications=settings.notifications,
    )


def _function_name(prefix: str, tool: str) -> str:
    return f"{prefix}-tool-{tool}"


def _long_names(found: Definitions, prefix: str) -> Iterator[Problem]:
    """Lambda's own bound, met here and not in the middle of a deployment."""
    for name, tool in found.tools.items():
        size = len(_function_name(prefix, name))
        if size > MAX_FUNCTION_NAME:
            message = f"with the prefix `{prefix}` the function's name has {size} characters"
            advice = f"a name or prefix shorter by {size - MAX_FUNCTION_NAME}"
            yield tool.source.problem("/name", message, advice)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a reader never sees half a registry."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)


def _folders(text: str) -> tuple[Path, ...]:
    return tuple(Path(part) for part in text.split(os.pathsep) if part)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tollgate.definitions.build", description="Build the registry.")
    parser.add_argument("--stage", required=True, help="a key of context.stages in cdk.json")
    parser.add_argument("--prefix", required=True, help="what every deployed name starts with")
    parser.add_argument("--cdk-json", required=True, type=Path)
    parser.add_argument("--agents", required=True, type=_folders, help=f"folders, separated by {os.pathsep!r}")
    parser.add_argument("--tools", required=True, type=_folders, help=f"folders, separated by {os.pathsep!r}")
    parser.add_argument("--workflows", default=(), type=_folders, help=f"folders, separated by {os.pathsep!r}")
    parser.add_argument("--out", required=True, type=Path)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when the registry was written, 1 when a definition is wrong."""
    args = _arguments(argv)
    roots = Roots(agents=args.agents, tools=args.tools, workflows=args.workflows)
    built = build(roots=roots, cdk_json=args.cdk_json, stage=args.stage, prefix=args.prefix, environ=os.environ)
    for problem in built.problems:
        print(problem, file=sys.stderr)  # noqa: T201
    if built.registry is None:
        return 1
    _write(args.out, document(built.registry))
    _write(args.out.with_name(args.out.name + ".folders.json"), _json(built.folders))
    return 0


if __name__ == "__main__":
    sys.exit(main())
