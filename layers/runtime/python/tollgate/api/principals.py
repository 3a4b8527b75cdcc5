"""Who is asking: the authenticated caller looked up in the deployment's table. Nothing of the request's body counts."""

import json
import re
from typing import Any

from pydantic import ValidationError

from tollgate.approvals.rights import LOCAL_STAGE
from tollgate.definitions.registry import Registry
from tollgate.errors import ForbiddenError
from tollgate.models.principal import Principal
from tollgate.value_words import words

_ASSUMED = re.compile(r"^arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/.+$")
_ROLE = re.compile(r"^arn:(?P<partition>[^:]+):iam::(?P<account>\d+):role/(?:.*/)?(?P<role>[^/]+)$")


def principal_of(event: dict[str, Any], registry: Registry) -> Principal:
    """The caller's principal. Raises `ForbiddenError` for a caller that the table does not map."""
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    if "iam" in authorizer:
        return _of_role(authorizer["iam"].get("userArn") or "", registry)
    if "jwt" in authorizer:
        return _of_token(authorizer["jwt"].get("claims") or {}, registry)
    if "lambda" in authorizer and registry.stage == LOCAL_STAGE:
        return _given(authorizer["lambda"] or {})
    raise ForbiddenError("the request carries no authenticated caller")


def _of_role(arn: str, registry: Registry) -> Principal:
    """By role, never by session: anybody who may assume a role can choose the session's name."""
    caller = _role_identity(arn)
    for rule in registry.principals:
        if rule.role_arn is not None and _role_identity(rule.role_arn) == caller:
            return rule.principal
    raise ForbiddenError(f"{_without_session(arn)} is not in this deployment's table of principals")


def _of_token(claims: dict[str, Any], registry: Registry) -> Principal:
    issuer, subject = claims.get("iss"), claims.get("sub")
    for rule in registry.principals:
        if issuer and subject and (rule.issuer, rule.subject) == (issuer, subject):
            return rule.principal
    raise ForbiddenError(f"subject {subject!r} of {issuer!r} is not in this deployment's table of principals")


def _given(context: dict[str, Any]) -> Principal:
    """What the local front was told. No deployed stage reads this: its callers are all in the table."""
    try:
        return Principal.model_validate(json.loads(context.get("principal") or ""))
    except (ValueError, ValidationError) as error:
        raise ForbiddenError(
            'the principal must be JSON like {"id": "ada", "tenant": "local", "kind": "person", '
            f'"claims": {{"roles": ["finance"]}}}}: {_first_line(error)}'
        ) from error


def _role_identity(arn: str) -> tuple[str, ...]:
    """Partition, account and name of a role, whether assumed or not; other ARNs stand for themselves.

    An assumed role's ARN leaves out the role's path; names are unique in an account whatever the path.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
    """
    found = _ASSUMED.match(arn) or _ROLE.match(arn)
    return found.group("partition", "account", "role") if found else (arn,)


def _without_session(arn: str) -> str:
    found = _ASSUMED.match(arn)
    return f"role {found['role']} of account {found['account']}" if found else arn or "an unnamed caller"


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {words(first)}"
    return str(error)
