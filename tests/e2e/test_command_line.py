"""The command line as a user has it: a process per command, against a `tollgate dev` of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

PROJECT = Path(__file__).resolve().parents[2]
SAMPLES = PROJECT / "samples" / "invoices"
TOLLGATE = str(Path(sys.executable).with_name("tollgate"))
CLERK = json.dumps({"id": "clerk", "tenant": "local", "kind": "person", "claims": {"roles": ["finance"]}})
STRANGER = json.dumps({"id": "eve", "tenant": "elsewhere", "kind": "person", "claims": {"roles": ["admin", "finance"]}})


@dataclass(frozen=True)
class Dev:
    """A running `tollgate dev --json` and what it printed."""

    about: dict[str, Any]
    environment: dict[str, str]

    def tollgate(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [TOLLGATE, *arguments], env=self.environment, input=stdin, capture_output=True, text=True, timeout=120
        )

    def run(self, sample: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        request = {"task": "Reconcile this invoice.", "invoice": (SAMPLES / sample).read_text("utf-8")}
        return self.tollgate("run", "invoice_reconciliation", "--input", "-", *arguments, stdin=json.dumps(request))


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    environment = os.environ | {"TOLLGATE_HOME": str(tmp_path_factory.mktemp("home"))}
    process = subprocess.Popen([TOLLGATE, "dev", "--json"], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield Dev(json.loads(process.stdout.readline()), environment)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0


def test_a_run_without_a_gate_ends_with_0(dev: Dev) -> None:
    """`run --wait` follows to the end; its JSON is the execution."""
    done = dev.run("02-small-clean.xml", "--wait", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["output"]["status"] == "posted"


def test_the_request_that_the_readme_names_runs_to_its_gate(dev: Dev) -> None:
    """The first command that a reader types works as written."""
    started = dev.tollgate(
        "run", "invoice_reconciliation", "--input", str(PROJECT / "samples" / "request.json"), "--wait"
    )
    assert started.returncode == 5, started.stderr
    assert "tollgate approve apr-" in started.stdout


def test_a_gated_run_ends_with_5_and_goes_on_after_approval(dev: Dev) -> None:
    """Exit 5 prints the approval; approving it lets the machine finish; the history has its states."""
    waiting = dev.run("01-clean.xml", "--wait", "--json")
    assert waiting.returncode == 5, waiting.stderr
    execution = json.loads(waiting.stdout)
    (approval_id,) = execution["pending_approvals"]
    listed = json.loads(dev.tollgate("approvals", "--json").stdout)
    assert approval_id in [item["approval_id"] for item in listed["items"]]

    refused = dev.tollgate("approve", approval_id, "--fingerprint", "sha256:other", "--principal", CLERK)
    assert refused.returncode == 1
    assert "fingerprint" in refused.stderr
    assert dev.tollgate("approve", approval_id, "--principal", CLERK).returncode == 0

    watched = dev.tollgate("watch", execution["execution_id"], "--json")
    assert watched.returncode == 0, watched.stderr
    assert json.loads(watched.stdout)["status"] == "SUCCEEDED"
    audit = json.loads(dev.tollgate("approvals", approval_id, "--audit", "--json").stdout)["items"]
    assert [(line["kind"], line["outcome"], line["source"]["door"]) for line in audit] == [
        ("requested", "pending", "machine"),
        ("refused", "StaleFingerprintError", "cli"),
        ("decided", "approved", "cli"),
    ]
    everything = dev.tollgate("approvals", "--audit", "--since", "1h")
    assert f"{json.loads(CLERK)['id']}  approves" in everything.stdout
    assert approval_id in everything.stdout
    assert dev.tollgate("approvals", "--audit", "--since", "tomorrow-ish").returncode == 2
    entered = _states(dev, execution["execution_id"])
    assert {"AdmitRequest", "Reason", "ScreenProposal", "RequestApproval", "InvokeTool"} <= entered


def test_doctor_asks_slack_and_the_callback(dev: Dev) -> None:
    """Token, scopes and signing of the local stack's stand-in, through the callback that is deployed."""
    looked = dev.tollgate("doctor", "--json")
    found = {one["what"]: one["well"] for one in json.loads(looked.stdout)}
    assert [found.get(what) for what in ("Slack app", "Slack scopes", "Slack signing")] == [True, True, True]


def test_a_stopped_run_ends_with_1_and_says_so(dev: Dev) -> None:
    """`stop` at a gate: ABORTED, stopped, a summary, nothing left to approve."""
    execution = json.loads(dev.run("03-allowances-two-rates-prepaid.xml", "--wait", "--json").stdout)
    assert dev.tollgate("stop", execution["execution_id"]).returncode == 0
    shown = dev.tollgate("watch", execution["execution_id"], "--json")
    assert shown.returncode == 1
    after = json.loads(shown.stdout)
    assert (after["status"], after["outcome"], after["pending_approvals"]) == ("ABORTED", "stopped", [])
    assert "stopped" in after["summary"]


def test_an_input_that_fails_the_schema_ends_with_4_and_lists_every_violation(dev: Dev) -> None:
    """Each violation stands with its JSON Pointer."""
    rejected = dev.tollgate("run", "invoice_reconciliation", "--input", "-", stdin='{"invoice": 7}')
    assert rejected.returncode == 4
    assert "/input/invoice" in rejected.stderr
    assert "task" in rejected.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "invoice_reconcilation", "--input", "-"], "invoice_reconciliation"),
        (["run", "invoice_reconciliation", "--input", "nowhere.json"], "nowhere.json"),
        (["show", "exe-unknown"], "exe-unknown"),
        (["edit", "apr-unknown"], "--set"),
        (["budget", "set", "execution:x"], "--tokens"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_to_write(dev: Dev, arguments: list[str], says: str) -> None:
    """A typing error costs one look at the message."""
    failed = dev.tollgate(*arguments, stdin="{}")
    assert failed.returncode == 2
    assert says in failed.stderr
    assert "Traceback" not in failed.stderr


def test_another_tenant_sees_nothing(dev: Dev) -> None:
    """Ids of others are unknown, and lists are empty."""
    execution_id = json.loads(dev.run("02-small-clean.xml", "--json").stdout)["execution_id"]
    assert dev.tollgate("show", execution_id, "--principal", STRANGER).returncode == 2
    assert json.loads(dev.tollgate("ls", "--json", "--principal", STRANGER).stdout)["items"] == []


def test_ls_and_trace_read_well_for_people(dev: Dev) -> None:
    """Without `--json` there are lines, no colours in a pipe, and no traceback."""
    execution_id = json.loads(dev.run("02-small-clean.xml", "--wait", "--json").stdout)["execution_id"]
    listed, traced = dev.tollgate("ls"), dev.tollgate("trace", execution_id)
    assert execution_id in listed.stdout
    assert "read_invoice" in traced.stdout
    assert "\x1b[" not in listed.stdout + traced.stdout


def test_doctor_finds_nothing_wrong(dev: Dev) -> None:
    """Python, packages, disk and the running stack are well."""
    assert dev.tollgate("doctor").returncode == 0


def _states(dev: Dev, execution_id: str) -> set[str]:
    client = boto3.client(
        "stepfunctions",
        endpoint_url=dev.about["stepfunctions_url"],
        region_name=dev.about["region"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    arn = dev.about["state_machine_arn"].replace(":stateMachine:", ":execution:") + f":{execution_id}"
    events = client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return {event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event}
