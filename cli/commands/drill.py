"""`drill`: failure after failure, played against your own agent in a local stack of its own."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from tollgate.definitions.registry import Registry

from cli.agent_registry import agent_registry
from cli.context import json_option
from cli.exit_codes import FAILED, USAGE
from cli.failure import CommandError, usage
from cli.output import as_json, emit, err, say, spinner, table
from cli.roots import agent_folder, roots
from local.drills.load import BrokenDrillError, drills
from local.drills.report import VERDICTS, html
from local.drills.row import Row
from local.drills.stage import Stage
from local.stack import LocalStackError
from local.synth import SynthesisError


@click.command()
@click.argument("agent", default="invoice_reconciliation")
@click.option("--only", multiple=True, metavar="NAME", help="Only this drill; may be given more than once.")
@click.option("--input", "given", type=click.Path(path_type=Path), help="An input as JSON, instead of a made-up one.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Write the report as a page, too.")
@json_option
def drill(agent: str, only: tuple[str, ...], given: Path | None, page: Path | None) -> None:
    """Play the catalogue of failures against an agent; exit 1 and what to change where one is not contained.

    The tools are recorded twins: nothing of yours is called. Files in the folders of TOLLGATE_DRILLS are drills too.
    """
    folder = agent_folder(agent, roots())
    registry = agent_registry(folder)
    name = next(iter(registry.agents))
    rows = sorted(_play(registry, name, folder, only, _input(given)), key=lambda row: row.name)
    if page:
        page.write_text(html(name, rows), encoding="utf-8")
    _show(name, rows)
    sys.exit(FAILED if any(row.contained is False for row in rows) else 0)


def _play(
    registry: Registry, agent: str, folder: Path, only: tuple[str, ...], given: dict[str, Any] | None
) -> Iterable[Row]:
    try:
        known = drills()
        unknown = [name for name in only if name not in known]
        if unknown:
            usage(f"there is no drill {unknown[0]!r}; known are: {', '.join(known)}")
        tools = {name: _tool_folder(name) for name in registry.agent(agent).definition.tools}
        with (
            spinner("starting a stack with twins of the tools") as status,
            Stage(registry, agent, folder, tools, given) as stage,
        ):
            chosen = {name: known[name] for name in only or known}
            for number, row in enumerate(stage.play_all(chosen), start=1):
                if status and err.is_terminal:
                    status.update(f"{number} of {len(chosen)} drills done, the last one: {row.title}")
                yield row
    except BrokenDrillError as error:
        raise CommandError(str(error), exit_code=USAGE) from error
    except (LocalStackError, SynthesisError) as error:
        raise CommandError(str(error), exit_code=FAILED) from error


def _tool_folder(name: str) -> Path:
    return next(root / name for root in roots().tools if (root / name / "tool.yaml").is_file())


def _input(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        usage(f"{path}: the input must be one JSON object ({error})")
    if not isinstance(value, dict):
        usage(f"{path}: the input must be one JSON object, not {type(value).__name__}")
    return value


def _show(agent: str, rows: list[Row]) -> None:
    bad = [row for row in rows if row.contained is False]
    if as_json():
        emit({"agent": agent, "contained": not bad, "drills": [asdict(row) for row in rows]})
        return
    table(
        ["DRILL", "WHAT WAS DONE", "WHAT MET IT", "IT ENDED", "TOKENS", "SECONDS", "VERDICT"],
        [
            [
                row.name,
                row.title,
                row.mechanism,
                row.met_by,
                f"{row.tokens:,}",
                f"{row.seconds:.1f}",
                VERDICTS[row.contained][0],
            ]
            for row in rows
        ],
    )
    for row in bad:
        say(f"{row.name}: {row.advice}", "red")
    say(f"{len(rows)} drills, {len(bad)} not contained" if bad else f"{len(rows)} drills, every failure contained")
