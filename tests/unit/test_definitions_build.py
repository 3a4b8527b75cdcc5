"""The registry is what was checked: complete, deterministic, and changed by whatever changes a verdict."""

import json
from pathlib import Path
from typing import Any

import pytest
from tollgate.approvals.request import build_approval
from tollgate.definitions import builtin, registry
from tollgate.definitions.build import Built, build, document, main
from tollgate.models.call import Call, CallState
from tollgate.models.execution import Execution, Limits
from tollgate.models.principal import Principal
from tollgate.slack.fields import field_names
from tollgate.store.approval_item import approval_of, item_of

from tests.unit.definition_files import AGENT, FIND, PAY, agent, cdk_json, good, roots, tool

ROB = Principal(id="rob", tenant="acme", kind="person")


def built(root: Path, prefix: str = "tollgate-dev") -> Built:
    """What the files under a root compile to."""
    return build(roots=roots(root), cdk_json=cdk_json(root), stage="dev", prefix=prefix, environ={})


def run(root: Path, out: Path) -> int:
    """The command, as synth calls it."""
    cdk_json(root)
    return main([
        "--stage", "dev", "--prefix", "tollgate-dev", "--cdk-json", str(root / "cdk.json"),
        "--agents", str(root / "agents"), "--tools", str(root / "tools"), "--out", str(out),
    ])  # fmt: skip


def test_good_files_compile_to_a_registry_that_parses(tmp_path: Path, capsys: Any) -> None:
    """Functions read what the command wrote; folders are absolute."""
    good(tmp_path)
    tool(tmp_path, FIND.replace("name: find", "name: spare"))
    out = tmp_path / "build" / "registry.json"
    assert run(tmp_path, out) == 0
    parsed = registry.parse(json.loads(out.read_text()))
    assert (set(parsed.agents), set(parsed.tools)) == ({"clerk"}, {"find", "pay", "spare"})
    assert parsed.tools["pay"].function_name == "tollgate-dev-tool-pay"
    assert parsed.agents["clerk"].instructions == "Pay.\n"
    assert parsed.tools["find"].manifest.input_schema["additionalProperties"] is False
    assert parsed.agents["clerk"].definition.input_schema["additionalProperties"] is False
    assert "additionalProperties" not in parsed.agents["clerk"].definition.output_schema
    folders = json.loads((tmp_path / "build" / "registry.json.folders.json").read_text())
    own = {"read_artifact": str(builtin.FOLDER / "read_artifact")}
    assert folders == {name: str(tmp_path / "tools" / name) for name in ("find", "pay", "spare")} | own
    assert set(parsed.builtin) == set(own)
    assert sorted(path.name for path in out.parent.iterdir()) == ["registry.json", "registry.json.folders.json"]
    assert capsys.readouterr().err == ""


def test_bad_files_write_nothing_and_say_why(tmp_path: Path, capsys: Any) -> None:
    """Exit code 1, one line per problem, and no registry that something could deploy."""
    good(tmp_path)
    tool(tmp_path, FIND.replace("name: find", "name: extra") + "fallback: nothing_like_it\n")
    out = tmp_path / "registry.json"
    assert run(tmp_path, out) == 1
    assert not out.exists()
    assert capsys.readouterr().err == (
        f"{tmp_path}/tools/extra/tool.yaml:11: error: there is no tool `nothing_like_it`. write: one of: find, pay\n"
    )


def test_warnings_are_said_and_do_not_stop(tmp_path: Path, capsys: Any) -> None:
    """Exit code 0: the registry is written."""
    good(tmp_path)
    (tmp_path / "tools" / "find" / "tool.yaml").write_text(FIND + "timeout_seconds: 90\n")
    assert run(tmp_path, tmp_path / "registry.json") == 0
    assert "tools/find/tool.yaml:11: warning: a call may take 90 seconds" in capsys.readouterr().err


def test_bad_stage_stops_the_build(tmp_path: Path) -> None:
    """Good agents do not deploy on settings that are wrong."""
    good(tmp_path)
    result = build(roots=roots(tmp_path), cdk_json=tmp_path / "none.json", stage="dev", prefix="p", environ={})
    assert (result.registry, [problem.file for problem in result.problems]) == (None, [str(tmp_path / "none.json")])


def test_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    """Neither the order of folders nor of a manifest's own keys nor the place on disk shows."""
    (tmp_path / "one").mkdir()
    good(tmp_path / "one")
    second = tmp_path / "two"
    second.mkdir()
    tool(second, PAY)
    tool(second, FIND.replace("kind: lambda\neffect: read\n", "effect: read\nkind: lambda\n"))
    agent(second)
    texts = []
    for root in (tmp_path / "one", second):
        compiled = built(root).registry
        assert compiled is not None
        texts.append(document(compiled))
    assert texts[0] == texts[1]


IN_ORDER = "{vendor: {type: string}, amount: {type: number}, currency: {type: string}}"
REORDERED = "{currency: {type: string}, vendor: {type: string}, amount: {type: number}}"


def test_arguments_keep_the_order_of_their_manifest_up_to_the_edit_form(tmp_path: Path) -> None:
    """Registry, question, stored item and form: nowhere are they sorted; arguments that carry authority go first."""
    good(tmp_path)
    names = ["zip", "vendor", "note", "amount", "currency", "area", "building"]
    properties = ", ".join(f"{name}: {{type: {'number' if name == 'amount' else 'string'}}}" for name in names)
    (tmp_path / "tools" / "pay" / "tool.yaml").write_text(PAY.replace(IN_ORDER, f"{{{properties}}}"))
    out = tmp_path / "registry.json"
    assert run(tmp_path, out) == 0
    deployed = registry.parse(json.loads(out.read_text()))
    assert list(deployed.tools["pay"].manifest.input_schema["properties"]) == names
    question = build_approval(
        execution=execution(), agent=deployed.agents["clerk"].definition, tool=deployed.tools["pay"], call=call(), now=1
    )
    stored = approval_of(item_of(question))
    assert field_names(stored) == ["vendor", "amount", "currency", "zip", "note", "area", "building"]


def test_order_of_arguments_changes_the_registry_and_no_digest(tmp_path: Path) -> None:
    """A card shows them in another order, and what was approved before is still what was approved."""
    good(tmp_path)
    before, text = digests(tmp_path), document_of(tmp_path)
    assert IN_ORDER in PAY
    (tmp_path / "tools" / "pay" / "tool.yaml").write_text(PAY.replace(IN_ORDER, REORDERED))
    assert digests(tmp_path) == before
    assert document_of(tmp_path) != text


def execution() -> Execution:
    """One whose agent asks."""
    limits = Limits(tokens=1000, usd=1.0, steps=5, active_seconds=60, deadline_seconds=600)
    return Execution(
        execution_id="exe-1", agent="clerk", agent_digest="d", principal=ROB, input={}, limits=limits, created_at=1
    )


def call() -> Call:
    """One that names three of its arguments, in an order of the model's."""
    return Call(
        execution_id="exe-1", step=1, call_id="c0", tool="pay", tool_use_id="t", state=CallState.ASKED,
        arguments={"currency": "EUR", "amount": 5, "vendor": "V"}, fingerprint="f", policy_digest="p",
        manifest_digest="m", expires_at=99, principal=ROB,
    )  # fmt: skip


def document_of(root: Path) -> str:
    """The registry's text."""
    compiled = built(root).registry
    assert compiled is not None
    return document(compiled)


AGENT_AND_POLICIES = {"agent clerk", "policy pay", "policy find"}


def digests(root: Path) -> dict[str, str]:
    """Every digest of the registry by name."""
    compiled = built(root).registry
    assert compiled is not None
    found = {f"agent {name}": entry.digest for name, entry in compiled.agents.items()}
    for name, entry in compiled.tools.items():
        found |= {f"tool {name}": entry.digest, f"policy {name}": entry.policy_digest}
    return found


@pytest.mark.parametrize(
    ("path", "text", "changed"),
    [
        ("tools/pay/tool.yaml", PAY.replace("Pays a vendor.", "Pays a vendor now."), {"tool pay", "policy pay"}),
        ("agents/clerk/instructions.md", "Pay less.\n", AGENT_AND_POLICIES),
        (
            "agents/clerk/agent.yaml",
            AGENT.replace("steps: 25", "steps: 24"),
            AGENT_AND_POLICIES,
        ),
        ("agents/clerk/agent.yaml", AGENT + "# a note\n", set()),
        ("tools/pay/handler.py", "def handle(arguments, call):\n    return 1\n", set()),
    ],
    ids=["manifest", "instructions", "agent", "comment", "code"],
)
def test_digests_cover_what_decides_and_nothing_else(tmp_path: Path, path: str, text: str, changed: set[str]) -> None:
    """A change of policy makes old approvals void; a change of a comment does not."""
    good(tmp_path)
    before = digests(tmp_path)
    (tmp_path / path).write_text(text)
    after = digests(tmp_path)
    assert {name for name in before if before[name] != after[name]} == changed


def test_name_too_long_for_a_function_is_told(tmp_path: Path) -> None:
    """Lambda allows 64 characters, prefix included."""
    good(tmp_path)
    result = built(tmp_path, prefix="p" * 56)
    assert result.registry is None
    assert [str(problem).partition(".yaml:")[2] for problem in result.problems] == [
        f"2: error: with the prefix `{'p' * 56}` the function's name has 66 characters. "
        "write: a name or prefix shorter by 2",
        f"2: error: with the prefix `{'p' * 56}` the function's name has 65 characters. "
        "write: a name or prefix shorter by 1",
    ]
