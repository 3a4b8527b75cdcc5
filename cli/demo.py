"""`make demo`: the invoice agent over real e-invoices, through the whole stack, with a person at the gates.

On a terminal you are the person; otherwise the Slack stand-in shows each card and clicks it, signed, as Slack would.
"""

import argparse
import codecs
import json
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.approval_lines import describe_approval
from cli.client import Client, path
from cli.failure import CommandError
from cli.follow import follow
from cli.output import seen
from cli.steps import lines
from local.slack_standin.people import USERS
from local.slack_standin.server import SlackStandIn
from local.stack import LocalStack, LocalStackError
from local.synth import SynthesisError

AGENT = "invoice_reconciliation"
TASK = "Reconcile this invoice with its order and receipts, and post it, hold it or ask the vendor."
CLERKS = tuple(USERS.items())
"""Users of the Slack stand-in; two of them, because some approvals need two people."""

AHEAD = 3
"""Invoices under way at once; they are shown one after the other all the same."""
CARD_SECONDS = 30
PIPE_WIDTH = 140

out = Console(highlight=False, emoji=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)


@dataclass(frozen=True)
class Row:
    """One invoice in the closing table."""

    file: str
    outcome: str
    reason: str
    steps: int
    tokens: int
    approvals: int


def main() -> int:
    """Exit code 0 when every invoice ended with an outcome."""
    arguments = _arguments()
    files = sorted(arguments.invoices.glob("*.xml"))
    if not files:
        print(f"demo: {arguments.invoices} has no .xml file; write make demo INVOICES=<folder>", file=sys.stderr)
        return 2
    started = time.monotonic()
    try:
        with LocalStack() as stack:
            code = _Demo(stack, files).run()
    except (LocalStackError, SynthesisError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    out.print(f"\n{time.monotonic() - started:.0f} s in all", style="dim")
    return code


class _Demo:
    def __init__(self, stack: LocalStack, files: list[Path]) -> None:
        self._stack = stack
        self._files = files
        self._client = Client(stack.api_url)
        self._approvals = 0
        self._running = BoundedSemaphore(AHEAD)

    def run(self) -> int:
        """All invoices in order, then the table."""
        self._announce()
        with ThreadPoolExecutor(AHEAD) as pool:
            started = [pool.submit(self._start, file) for file in self._files]
            rows = [self._reconcile(file, begun) for file, begun in zip(self._files, started, strict=True)]
        _show(rows)
        return 0 if all(row.outcome != "failed" for row in rows) else 1

    def _announce(self) -> None:
        who = "a script answers, not a model" if self._stack.answers_by_script else "a real model answers"
        out.print(f"[bold]{who}[/bold] ({self._stack.model_label}). To plug one in:")
        out.print("  OPENAI_BASE_URL=http://127.0.0.1:11434/v1 make demo        (Ollama, vLLM, any such server)")
        out.print("  AWS_ENDPOINT_URL_BEDROCK_RUNTIME=... TOLLGATE_MODEL=... make demo   (Bedrock; docs/models.md)\n")
        out.print(f"cards: {self._stack.slack_url}   API: {self._stack.api_url}   logs: {self._stack.log_folder}\n")

    def _start(self, file: Path) -> str:
        """The execution's id. Raises `CommandError` when the API refuses the invoice."""
        body = {"agent": AGENT, "input": {"task": TASK, "invoice": _text(file)}}
        self._running.acquire()
        return str(self._client.post(path("executions"), body)["execution_id"])

    def _reconcile(self, file: Path, started: "Future[str]") -> Row:
        out.rule(Text(file.name, "bold"), align="left")
        self._approvals = 0
        try:
            execution = self._follow(started.result())
        except CommandError as error:
            out.print(f"  refused before it started: {seen(error.message)}", style="red", markup=False)
            return Row(file.name, "rejected", error.message.splitlines()[0], 0, 0, 0)
        finally:
            self._running.release()
        return self._row(file, execution)

    def _follow(self, execution_id: str) -> dict[str, Any]:
        """Follows to the end, through every gate."""
        cursor: str | None = None
        while True:
            execution, cursor = follow(
                self._client, execution_id, stop_at_gate=True, on_record=_print_record, after=cursor
            )
            if not execution["pending_approvals"]:
                return execution
            for approval_id in execution["pending_approvals"]:
                self._decide(approval_id)

    def _decide(self, approval_id: str) -> None:
        approval = self._client.get(path("approvals", approval_id))
        describe_approval(approval, whole=True)
        self._approvals += 1
        if sys.stdin.isatty() and sys.stdout.isatty():
            self._ask_terminal(approval)
            return
        slack = self._stack.slack
        if slack is None:
            out.print("       waits for somebody in your Slack", style="dim")
            return
        _await_card(slack, approval_id)
        for user, name in CLERKS[: approval["quorum"]]:
            out.print(f'       Slack stand-in: "{name}" clicks Approve, signed', style="dim")
            slack.click(approval_id, "approve", user=user)

    def _ask_terminal(self, approval: dict[str, Any]) -> None:
        """The person at the terminal decides, as a finance clerk of their own."""
        answer = ""
        while answer not in ("a", "r"):
            answer = input("       approve or reject? [a/r] ").strip().lower()[:1]
        decision = {"decision": "approve" if answer == "a" else "reject", "fingerprint": approval["fingerprint"]}
        for _, name in CLERKS[: approval["quorum"] if answer == "a" else 1]:
            principal = {"id": name, "tenant": "local", "kind": "person", "claims": {"roles": ["finance"]}}
            clerk = Client(self._stack.api_url, principal=json.dumps(principal))
            clerk.post(path("approvals", approval["approval_id"], "decision"), decision)

    def _row(self, file: Path, execution: dict[str, Any]) -> Row:
        output = execution["output"] or {}
        spend = execution["spend"]
        outcome = str(output.get("status") or execution["outcome"])
        reason = str(output.get("reason") or execution["summary"] or execution["reason"] or "")
        return Row(file.name, outcome, reason.splitlines()[0], spend["steps"], spend["tokens"], self._approvals)


def _text(file: Path) -> str:
    """The file's text by its byte order mark, else as UTF-8; what is no text is refused later, by the agent."""
    data = file.read_bytes()
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    return data.decode(encoding, "replace")


def _await_card(slack: SlackStandIn, approval_id: str) -> None:
    """Returns when the card is posted: the question is open a moment before it is shown."""
    deadline = time.monotonic() + CARD_SECONDS
    while not any(approval_id in json.dumps(message.blocks) for message in slack.messages()):
        if time.monotonic() > deadline:
            raise LocalStackError(f"the card of {approval_id} was not posted within {CARD_SECONDS} s; see the logs")
        time.sleep(0.05)


def _print_record(record: dict[str, Any]) -> None:
    for line in lines(record):
        out.print(line)


def _show(rows: list[Row]) -> None:
    out.rule("[bold]what became of them[/bold]", align="left")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("INVOICE", no_wrap=True)
    table.add_column("OUTCOME", no_wrap=True)
    table.add_column("REASON", overflow="fold")
    for heading in ("STEPS", "TOKENS", "GATES"):
        table.add_column(heading, justify="right")
    styles = {"posted": "green", "held": "yellow", "asked_vendor": "cyan", "rejected": "red"}
    for row in rows:
        style = styles.get(row.outcome, "bold red")
        cells = (
            Text(row.file),
            Text(row.outcome, style),
            Text(seen(row.reason)),
            str(row.steps),
            f"{row.tokens:,}",
            str(row.approvals),
        )
        table.add_row(*cells)
    out.print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--invoices", type=Path, default=Path("samples/invoices"), help="a folder of UBL files")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
