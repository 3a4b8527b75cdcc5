"""A stage's settings from `cdk.json`: model aliases with prices, principals, Slack; locally, the environment too."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from tollgate.definitions import model_errors, source
from tollgate.definitions import pointer as pointers
from tollgate.definitions.local_overrides import overridden
from tollgate.definitions.nearest import suggestion
from tollgate.definitions.problem import Problem, ProblemError
from tollgate.definitions.registry import ModelTarget, Notifications, PrincipalRule, SlackSettings
from tollgate.definitions.source import Source

LOCAL = "local"
REQUIRED_ALIAS = "reasoning"


class StageSettings(BaseModel):
    """What differs between stages and is nobody's code: `context.stages.<stage>` of cdk.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: dict[str, ModelTarget]
    principals: list[PrincipalRule] = []
    slack: SlackSettings = SlackSettings()
    notifications: Notifications = Notifications()


@dataclass(frozen=True)
class StageFile:
    """The settings, or None when they cannot be used; and what is wrong with them."""

    settings: StageSettings | None
    problems: list[Problem]


def read(path: Path, stage: str, environ: Mapping[str, str]) -> StageFile:
    """The stage's settings. `environ` counts for stage `local` only."""
    try:
        file = source.read(path)
    except ProblemError as error:
        return StageFile(None, [error.problem])
    base, problem = _place(file, stage)
    if problem:
        return StageFile(None, [problem])
    return _settings(file, base, stage, environ)


def _place(file: Source, stage: str) -> tuple[str, Problem | None]:
    """The pointer of the stage, or the problem that there is none."""
    context = file.value.get("context") if isinstance(file.value, dict) else None
    stages = context.get("stages") if isinstance(context, dict) else None
    if not isinstance(stages, dict):
        return "", file.problem("/context", "there is no `context.stages`", '`"stages": {"local": {...}}` in `context`')
    if not isinstance(stages.get(stage), dict):
        advice = suggestion(stage, stages, f'`"{stage}": {{...}}` in `context.stages`')
        return "", file.problem("/context/stages", f"there is no stage `{stage}`", advice)
    return pointers.join(["context", "stages", stage]), None


def _settings(file: Source, base: str, stage: str, environ: Mapping[str, str]) -> StageFile:
    whole = file.value["context"]["stages"][stage]
    value = {name: whole[name] for name in StageSettings.model_fields if name in whole}
    try:
        settings = StageSettings.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        return StageFile(None, model_errors.problems(file, StageSettings, error, base))
    problems = _problems(file, base, stage, settings)
    if stage != LOCAL:
        return StageFile(settings, problems)
    changed, more = overridden(settings.model_dump(mode="json"), environ)
    return StageFile(settings if changed is None else StageSettings.model_validate(changed), problems + more)


def _problems(file: Source, base: str, stage: str, settings: StageSettings) -> list[Problem]:
    found: list[Problem] = []
    if REQUIRED_ALIAS not in settings.models:
        message = f"the model alias `{REQUIRED_ALIAS}` is missing: agents use it by default"
        found.append(file.problem(f"{base}/models", message, f'`"{REQUIRED_ALIAS}": {{...}}`'))
    if stage != LOCAL and "*" in settings.slack.users:
        message = "the Slack user `*` would let anybody decide approvals"
        found.append(file.problem(f"{base}/slack/users/*", message, "each Slack user's id; `*` is for stage local"))
    for name, webhook in settings.notifications.webhooks.items():
        if stage != LOCAL and not webhook.url.startswith("https://"):
            message = f"the webhook `{name}` would be told in the clear"
            found.append(file.problem(f"{base}/notifications/webhooks/{name}/url", message, "an https:// URL"))
    for index, rule in enumerate(settings.principals):
        found.extend(_rule_problems(file, f"{base}/principals/{index}", rule))
    return found


def _rule_problems(file: Source, pointer: str, rule: PrincipalRule) -> list[Problem]:
    by_role, by_token = rule.role_arn is not None, rule.issuer is not None and rule.subject is not None
    half = (rule.issuer is None) != (rule.subject is None)
    if by_role == by_token or half:
        advice = "either `role_arn`, or `issuer` and `subject`"
        return [file.problem(pointer, "the rule does not name one caller", advice)]
    return []
