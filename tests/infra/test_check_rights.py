"""A function may ask the guardrails and read the secrets of the checks of its own stage, and no others."""

import pytest

from tests.infra.assembly import ACCOUNT, REGION, Assembly

PREFIX = "tollgate-dev"
TASKS = {"request": f"{PREFIX}-task-admit-request", "call": f"{PREFIX}-task-screen-proposal",
         "answer": f"{PREFIX}-task-conclude-execution"}  # fmt: skip


def guardrail(name: str, region: str = REGION) -> str:
    return f"arn:<AWS::Partition>:bedrock:{region}:{ACCOUNT}:guardrail/{name}"


@pytest.mark.parametrize(
    ("stage", "guardrails"),
    [("request", set()), ("call", {guardrail("gr1"), guardrail("gr2", "us-west-2")}), ("answer", {guardrail("gr1")})],
)
def test_task_may_apply_the_guardrails_of_its_stage(sample: Assembly, stage: str, guardrails: set[str]) -> None:
    """Each by its own ARN, in its own region."""
    assert sample.allows(TASKS[stage], "bedrock:ApplyGuardrail") == guardrails


def test_nobody_else_may_apply_a_guardrail(sample: Assembly, dev: Assembly) -> None:
    """Nor any function of a stage whose agents have no such check."""
    allowed = {function for function in sample.functions if sample.allows(function, "bedrock:ApplyGuardrail")}
    assert allowed == {TASKS["call"], TASKS["answer"]}
    assert not [function for function in dev.functions if dev.allows(function, "bedrock:ApplyGuardrail")]


def test_secret_of_a_check_is_read_at_its_stage_only(sample: Assembly) -> None:
    """The check is asked at admission, so only AdmitRequest reads its secret."""
    secret = f"arn:<AWS::Partition>:secretsmanager:{REGION}:{ACCOUNT}:secret:guards/key-??????"
    readers = {
        function for function in sample.functions if secret in sample.allows(function, "secretsmanager:GetSecretValue")
    }
    assert readers == {TASKS["request"]}
