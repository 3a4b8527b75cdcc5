"""`check` on an agent's external checks: each mistake at its line, with what to write instead."""

from pathlib import Path

import pytest
from tollgate.definitions.check import check

from tests.unit.definition_files import AGENT, FIND, PAY, TODAY, agent, roots, tool

GOOD = {
    "http": "{name: own, kind: http, at: [request, call, answer], url: 'https://guards.example.com/v1?x=1', "
    "secret: {name: guards/key, header: X-Key}}",
    "guardrails_ai": "{name: words, kind: guardrails_ai, at: [answer], url: 'https://10.0.0.7:8000', guard: words}",
    "nemo": "{name: rails, kind: nemo, at: [call], calls: all, url: 'http://127.0.0.1:8000', config: words}",
    "bedrock_guardrail": "{name: pii, kind: bedrock_guardrail, at: [call], guardrail: gr4x7, version: '1', "
    "region: us-west-2, on_intervention: ask, timeout_seconds: 30}",
}


def problems(tmp_path: Path, *lines: str) -> list[str]:
    """What is said about the agent with these lines added."""
    tool(tmp_path, FIND)
    tool(tmp_path, PAY)
    agent(tmp_path, AGENT + "\n".join(lines) + "\n")
    found = check(roots(tmp_path), today=TODAY)
    return [f"{one.severity}: {one.message}" for one in found]


@pytest.mark.parametrize("kind", GOOD)
def test_good_check_of_each_kind_has_no_problem(tmp_path: Path, kind: str) -> None:
    """Private hosts, ports and loopback are the operator's business."""
    assert problems(tmp_path, f"checks: [{GOOD[kind]}]") == []


def test_answer_settings_have_no_problem(tmp_path: Path) -> None:
    """Personal data, links and hosts."""
    assert problems(tmp_path, "answer: {personal_data: refuse, links: allow, hosts: [docs.acme.org]}") == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{name: a, kind: lakera, at: [call], url: 'https://x.example'}", "error: `kind` is 'lakera'"),
        ("{name: a, kind: http, at: [], url: 'https://x.example'}", "error: "),
        ("{name: a, kind: http, at: [gate], url: 'https://x.example'}", "error: `0` is 'gate'"),
        ("{name: a, kind: http, at: [call, call], url: 'https://x.example'}", "error: a stage is named twice"),
        ("{name: A b, kind: http, at: [call], url: 'https://x.example'}", "error: "),
        ("{name: a, kind: http, at: [call], url: 'https://x.example', timeout_seconds: 31}", "error: "),
        ("{name: a, kind: http, at: [call], url: 'https://x.example', timeout_seconds: 0}", "error: "),
        ("{name: a, kind: http, at: [call]}", "error: a check of kind http needs `url`"),
        ("{name: a, kind: nemo, at: [call], url: 'https://x.example'}", "error: a check of kind nemo needs `config`"),
        (
            "{name: a, kind: http, at: [call], url: 'https://x.example', guard: w}",
            "error: `guard` means nothing for kind http",
        ),
        ("{name: a, kind: http, at: [call], url: 'ftp://x.example'}", "error: `ftp://x.example` is not an http"),
        ("{name: a, kind: http, at: [call], url: 'https://u:p@x.example'}", "error: `https://u:p@x.example` is not"),
        ("{name: a, kind: http, at: [call], url: 'https://x.example:999999'}", "error: `https://x.example:999999` is"),
        ("{name: a, kind: http, at: [call], url: 'x.example/check'}", "error: `x.example/check` is not an http"),
        ("{name: a, kind: http, at: [call], url: 'http://10.0.0.7/check'}", "warning: `http://10.0.0.7/check`: what"),
        (
            "{name: a, kind: nemo, at: [call], url: 'https://x.example/?a=1', config: c}",
            "error: the server's root has no query",
        ),
        (
            "{name: a, kind: bedrock_guardrail, at: [call], guardrail: 'Gr 1', version: '1'}",
            "error: `Gr 1` is not a guardrail's guardrail",
        ),
        (
            "{name: a, kind: bedrock_guardrail, at: [call], guardrail: gr1, version: latest}",
            "error: `latest` is not a guardrail's version",
        ),
        (
            "{name: a, kind: http, at: [call], url: 'https://x.example', secret: {name: s, header: Host}}",
            "error: a secret cannot be sent as the header `Host`",
        ),
        (
            "{name: a, kind: http, at: [answer], url: 'https://x.example', on_error: ask}",
            "warning: `on_error: ask`, but nobody is asked about an answer",
        ),
    ],
)
def test_mistake_in_a_check_is_told(tmp_path: Path, line: str, said: str) -> None:
    """One problem, at the check."""
    [found] = problems(tmp_path, f"checks: [{line}]")
    assert found.startswith(said), found


def test_two_checks_of_one_name_are_told(tmp_path: Path) -> None:
    """A rule's name must say which check it was."""
    [found] = problems(tmp_path, f"checks: [{GOOD['http']}, {GOOD['http']}]")
    assert found == "error: there are two checks `own`"


def test_more_checks_than_a_task_has_time_for_are_told(tmp_path: Path) -> None:
    """Five at the most."""
    many = ", ".join(GOOD["http"].replace("own", f"own{number}") for number in range(6))
    assert len(problems(tmp_path, f"checks: [{many}]")) == 1


@pytest.mark.parametrize("host", ["https://acme.org", "ACME.org", "acme.org/x", "intranet", "a@acme.org"])
def test_host_that_is_no_hosts_name_is_told(tmp_path: Path, host: str) -> None:
    """Exactly as it is compared."""
    [found] = problems(tmp_path, f"answer: {{hosts: ['{host}']}}")
    assert found.startswith(f"error: `{host}` is not a host's name")
