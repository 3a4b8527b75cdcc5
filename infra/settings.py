"""What `cdk.json` says: the stage's settings and the roots of agents and tools, checked before anything is built."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCAL = "local"
"""The stage that the local stack synthesises; its template refuses to be deployed."""

LOG_RETENTION_DAYS = (1, 7, 14, 30, 90, 180, 365, 3653)
"""Those of CloudWatch's choices that a stage may name."""

_PREFIX = re.compile(r"[a-z][a-z0-9-]{1,23}[a-z0-9]")
_OF_THE_DEFINITIONS = {"models", "principals", "slack", "notifications"}
"""Keys of a stage that become part of the registry; `tollgate.definitions.build` checks them."""


class ConfigurationError(Exception):
    """`cdk.json` or a definition is wrong; the message says where and what to write instead."""


@dataclass(frozen=True)
class JwtIssuer:
    """Who signs the tokens that the HTTP API accepts instead of IAM signatures."""

    issuer: str
    audience: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """One stage's settings with every default applied. `jwt` is None when callers sign with IAM."""

    name: str
    prefix: str
    jwt: JwtIssuer | None = None
    sample_ledger: bool = False
    log_retention_days: int = 30
    retain_data: bool = True
    console_url: str = ""
    alarm_topic_arn: str | None = None

    @property
    def is_local(self) -> bool:
        return self.name == LOCAL


@dataclass(frozen=True)
class Roots:
    """Where definitions are found; the environment's roots replace those of `cdk.json`."""

    agents: str
    tools: str


def context(cdk_json: Path) -> Mapping[str, Any]:
    """The context of `cdk.json`. Raises `ConfigurationError` if the file is not JSON or has no context."""
    try:
        document: dict[str, Any] = json.loads(cdk_json.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{cdk_json}: cannot be read as JSON: {error}") from error
    found = document.get("context")
    if not isinstance(found, dict):
        raise ConfigurationError(f'{cdk_json}: write an object under "context" with the key "stages"')
    return found


def stage(values: Mapping[str, Any], name: str) -> Stage:
    """The named stage. Raises `ConfigurationError` that names the known stages or the wrong key."""
    stages = values.get("stages", {})
    if name not in stages:
        raise ConfigurationError(f"cdk.json: there is no stage {name!r}; its stages are: {', '.join(sorted(stages))}")
    written = {key: value for key, value in stages[name].items() if key not in _OF_THE_DEFINITIONS}
    jwt = _jwt(name, written.pop("authorizer", "iam"))
    prefix = written.pop("prefix", f"{values.get('prefix', 'tollgate')}-{name}")
    _check_keys(name, written)
    _check_prefix(prefix)
    _check_retention(name, written.get("log_retention_days", 30))
    return Stage(name=name, prefix=prefix, jwt=jwt, **written)


def roots(values: Mapping[str, Any], root: Path) -> Roots:
    """`TOLLGATE_AGENTS` and `TOLLGATE_TOOLS`, or the folders that `cdk.json` names, relative to it."""
    return Roots(
        agents=os.environ.get("TOLLGATE_AGENTS") or str(root / values.get("agents", "agents")),
        tools=os.environ.get("TOLLGATE_TOOLS") or str(root / values.get("tools", "lambdas/tools")),
    )


def _jwt(stage_name: str, written: Any) -> JwtIssuer | None:
    if written == "iam":
        return None
    if isinstance(written, dict) and set(written) == {"issuer", "audience"} and written["audience"]:
        return JwtIssuer(issuer=written["issuer"], audience=tuple(written["audience"]))
    raise ConfigurationError(
        f"cdk.json: stages.{stage_name}.authorizer is {json.dumps(written)}; "
        'write "iam", or {"issuer": "https://...", "audience": ["..."]} for tokens'
    )


def _check_keys(stage_name: str, written: Mapping[str, Any]) -> None:
    known = set(Stage.__dataclass_fields__) - {"name", "jwt", "prefix"}
    for key in written:
        if key not in known:
            expected = sorted(known | _OF_THE_DEFINITIONS | {"authorizer", "prefix"})
            raise ConfigurationError(f"cdk.json: stages.{stage_name} has no key {key!r}; it has: {', '.join(expected)}")


def _check_retention(stage_name: str, days: Any) -> None:
    if days not in LOG_RETENTION_DAYS:
        choices = ", ".join(map(str, LOG_RETENTION_DAYS))
        raise ConfigurationError(
            f"cdk.json: stages.{stage_name}.log_retention_days is {json.dumps(days)}; write one of: {choices}"
        )


def _check_prefix(prefix: str) -> None:
    # 25 characters: the bucket's name adds 38 (account and longest region name), and S3 allows 63.
    if not _PREFIX.fullmatch(prefix):
        raise ConfigurationError(
            f"cdk.json: the prefix {prefix!r} does not fit; write 3 to 25 lower-case letters, digits and dashes, "
            "a letter first and no dash last"
        )
