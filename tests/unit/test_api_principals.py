"""Who is asking: the deployment's table, and nothing that a caller can choose."""

import json
from typing import Any

import pytest
from tollgate.api.principals import principal_of
from tollgate.definitions.registry import PrincipalRule, Registry
from tollgate.errors import ForbiddenError
from tollgate.models.principal import Principal

ADA = Principal(id="ada", tenant="acme", kind="person")
BOT = Principal(id="bot", tenant="acme", kind="service")
RULES = [
    PrincipalRule(role_arn="arn:aws:iam::111122223333:role/teams/Finance", principal=ADA),
    PrincipalRule(issuer="https://id.example.com", subject="u-1", principal=BOT),
]


def registry(stage: str = "dev") -> Registry:
    return Registry(stage=stage, prefix="t", agents={}, tools={}, models={}, principals=RULES)


def event(**authorizer: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": authorizer}}


def by_role(arn: str) -> dict[str, Any]:
    return event(iam={"userArn": arn})


def test_an_assumed_role_is_its_role_whatever_the_session() -> None:
    """The session's name is chosen by whoever assumes the role."""
    for session in ("ada", "admin", "Finance"):
        arn = f"arn:aws:sts::111122223333:assumed-role/Finance/{session}"
        assert principal_of(by_role(arn), registry()) == ADA


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sts::999999999999:assumed-role/Finance/x",
        "arn:aws-cn:sts::111122223333:assumed-role/Finance/x",
        "arn:aws:sts::111122223333:assumed-role/finance/x",
        "arn:aws:sts::111122223333:assumed-role/Other/Finance",
        "arn:aws:iam::111122223333:user/Finance",
        "arn:aws:iam::111122223333:root",
        "",
    ],
)
def test_any_other_caller_is_unmapped(arn: str) -> None:
    """Account, partition, name and kind all count."""
    with pytest.raises(ForbiddenError):
        principal_of(by_role(arn), registry())


def test_a_refusal_never_quotes_the_session() -> None:
    """Sessions may carry people's names."""
    with pytest.raises(ForbiddenError) as raised:
        principal_of(by_role("arn:aws:sts::1:assumed-role/Other/secret-session"), registry())
    assert "secret-session" not in str(raised.value)


def test_a_token_is_issuer_and_subject_together() -> None:
    """Another issuer's `u-1` is somebody else."""
    assert principal_of(event(jwt={"claims": {"iss": "https://id.example.com", "sub": "u-1"}}), registry()) == BOT
    for claims in (
        {"iss": "https://evil.example", "sub": "u-1"},
        {"sub": "u-1"},
        {"iss": "https://id.example.com"},
        {},
    ):
        with pytest.raises(ForbiddenError):
            principal_of(event(jwt={"claims": claims}), registry())


def test_a_given_principal_counts_in_the_local_stage_only() -> None:
    """A deployment reads callers from its table, whatever an authorizer says."""
    given = event(**{"lambda": {"principal": ADA.model_dump_json()}})
    assert principal_of(given, registry("local")) == ADA
    with pytest.raises(ForbiddenError):
        principal_of(given, registry())


@pytest.mark.parametrize(
    "text", ["", "{", "[]", json.dumps({"id": "ada"}), json.dumps(ADA.model_dump() | {"admin": True})]
)
def test_a_given_principal_that_is_none_is_told_the_form(text: str) -> None:
    """With an example to copy."""
    with pytest.raises(ForbiddenError, match='"tenant": "local"'):
        principal_of(event(**{"lambda": {"principal": text}}), registry("local"))


@pytest.mark.parametrize("context", [{}, {"authorizer": None}, {"authorizer": {}}])
def test_no_caller_is_nobody(context: dict[str, Any]) -> None:
    """A route without authorizer has no principal."""
    with pytest.raises(ForbiddenError):
        principal_of({"requestContext": context}, registry("local"))
