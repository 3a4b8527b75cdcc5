"""What `check` says about who is asked when a model fails, and about what is kept back for a closing note."""

from pathlib import Path

import pytest
from tollgate.definitions.check import check
from tollgate.definitions.stage import StageSettings

from tests.unit.definition_files import AGENT, STAGE, TODAY, good, shown

HEAD = "agents/clerk/agent.yaml:"


def told(folder: Path, was: str, becomes: str) -> list[str]:
    """The problems of the good agent with one change."""
    assert was in AGENT
    where = good(folder)
    (folder / "agents" / "clerk" / "agent.yaml").write_text(AGENT.replace(was, becomes))
    problems = check(where, StageSettings.model_validate(STAGE), TODAY)
    return [line.removeprefix(HEAD) for line in shown(folder, problems)]


@pytest.mark.parametrize(
    ("fallback", "says"),
    [
        ("nobody", "this stage has no model alias `nobody`"),
        ("reasoning", "the fallback `reasoning` is the model itself"),
    ],
)
def test_fallback_model_that_is_none_is_an_error(tmp_path: Path, fallback: str, says: str) -> None:
    """Found before the deployment, not at the first failure of the model."""
    (problem,) = told(tmp_path, "temperature: 0.2", f"temperature: 0.2, fallback: {fallback}")
    assert problem.startswith("4: error: ")
    assert says in problem


@pytest.mark.parametrize(("tokens", "kept"), [(120_000, 1), (120_000, 1_499), (39_000, 20_000)])
def test_closing_note_with_too_little_or_too_much_of_the_tokens_is_an_error(
    tmp_path: Path, tokens: int, kept: int
) -> None:
    """Less than a request needs, or more than half of what the steps have."""
    problems = told(tmp_path, "{tokens: 120000", f"{{tokens: {tokens}, summary_tokens: {kept}")
    (error,) = [problem for problem in problems if "error:" in problem]
    assert f"`summary_tokens: {kept}` is too little for a summary, or too much of `tokens`" in error
    assert f"1,500 to {tokens // 2:,}" in error


@pytest.mark.parametrize("tokens", [0, 1_500, 20_000])
def test_closing_note_within_its_bounds_is_no_problem(tmp_path: Path, tokens: int) -> None:
    """Off by default; both bounds are in."""
    assert told(tmp_path, "{tokens: 120000", f"{{tokens: 120000, summary_tokens: {tokens}") == []
