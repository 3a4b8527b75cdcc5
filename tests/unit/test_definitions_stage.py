"""A stage's settings are complete, priced and closed; on a laptop the environment may change the model."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from tollgate.definitions import local_overrides, stage

from tests.unit.definition_files import STAGE, cdk_json

PRINCIPAL = {"id": "bot", "tenant": "acme", "kind": "service"}


def read(root: Path, change: Any = None, name: str = "dev", environ: dict[str, str] | None = None) -> stage.StageFile:
    """The settings of a stage that `change` has spoilt."""
    settings: Any = deepcopy(STAGE)
    if change:
        change(settings)
    return stage.read(cdk_json(root, settings, name), name, environ or {})


def told(root: Path, read_stage: stage.StageFile) -> list[str]:
    """Problems as people read them."""
    return [str(problem).replace(f"{root}/", "") for problem in read_stage.problems]


def test_good_stage_is_read(tmp_path: Path) -> None:
    """Alias, target and price as written; keys that are not the registry's are left to whom they belong."""
    found = read(tmp_path, lambda settings: settings.update(log_days=30))
    assert found.problems == []
    assert found.settings is not None
    assert found.settings.models["reasoning"].price.output == 15.0


CASES: dict[str, tuple[Any, str]] = {
    "price missing": (
        lambda s: s["models"]["reasoning"].pop("price"),
        "cdk.json:6: error: the required field `price` is missing in `context.stages.dev.models.reasoning`. "
        "write: `price: {input: 3.0, output: 15.0, source: <page>, as_of: <day>}` in US dollars per million tokens",
    ),
    "price without source": (
        lambda s: s["models"]["reasoning"]["price"].pop("source"),
        "cdk.json:9: error: the required field `source` is missing in `context.stages.dev.models.reasoning.price`. "
        "write: `source: ` and the page that the price was read from",
    ),
    "provider unknown": (
        lambda s: s["models"]["reasoning"].update(provider="bedrok"),
        "cdk.json:7: error: `provider` is 'bedrok'. write: 'bedrock' or 'openai'",
    ),
    "alias missing": (
        lambda s: s["models"].update(other=s["models"].pop("reasoning")),
        "cdk.json:5: error: the model alias `reasoning` is missing: agents use it by default. "
        'write: `"reasoning": {...}`',
    ),
    "slack anybody": (
        lambda s: s.update(slack={"users": {"*": PRINCIPAL}}),
        "cdk.json:19: error: the Slack user `*` would let anybody decide approvals. "
        "write: each Slack user's id; `*` is for stage local",
    ),
    "principal without caller": (
        lambda s: s.update(principals=[{"principal": PRINCIPAL}]),
        "cdk.json:18: error: the rule does not name one caller. write: either `role_arn`, or `issuer` and `subject`",
    ),
    "principal with half a token": (
        lambda s: s.update(principals=[{"issuer": "https://id.example", "principal": PRINCIPAL}]),
        "cdk.json:18: error: the rule does not name one caller. write: either `role_arn`, or `issuer` and `subject`",
    ),
    "principal of no kind": (
        lambda s: s.update(
            principals=[{"role_arn": "arn:aws:iam::1:role/x", "principal": PRINCIPAL | {"kind": "bot"}}]
        ),
        "cdk.json:23: error: `kind` is 'bot'. write: 'person' or 'service'",
    ),
}


@pytest.mark.parametrize(("change", "expected"), CASES.values(), ids=list(CASES))
def test_bad_stage_says_line_and_remedy(tmp_path: Path, change: Any, expected: str) -> None:
    """cdk.json is a definition file like the others."""
    assert told(tmp_path, read(tmp_path, change)) == [expected]


def test_unknown_stage_is_told_with_the_nearest(tmp_path: Path) -> None:
    """A misspelt stage is no empty stage."""
    found = stage.read(cdk_json(tmp_path), "dve", {})
    assert told(tmp_path, found) == ["cdk.json:3: error: there is no stage `dve`. write: `dev`"]
    assert found.settings is None


def test_anybody_in_slack_is_for_the_laptop(tmp_path: Path) -> None:
    """What a deployed stage refuses, stage local may say."""
    assert read(tmp_path, lambda s: s.update(slack={"users": {"*": PRINCIPAL}}), name="local").problems == []


ENVIRON = {
    "TOLLGATE_SLACK_USERS": json.dumps({"U1": PRINCIPAL}),
    "TOLLGATE_MODEL": "other.model",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    "OPENAI_MODEL": "llama",
}


def test_environment_means_nothing_to_a_deployed_stage(tmp_path: Path) -> None:
    """What is deployed does not depend on who synthesised it."""
    assert read(tmp_path, environ=ENVIRON) == read(tmp_path)


def test_local_server_replaces_every_alias(tmp_path: Path) -> None:
    """The price is nothing and says so; the model is the one that was named."""
    settings = read(tmp_path, name="local", environ=ENVIRON).settings
    assert settings is not None
    target = settings.models["reasoning"]
    assert (target.provider, target.model, target.base_url) == ("openai", "llama", "http://127.0.0.1:9/v1")
    assert (target.price.input, target.price.source) == (0.0, "local server; price unknown")
    assert settings.slack.users["U1"].tenant == "acme"


def test_another_bedrock_model_keeps_the_price_and_says_whose_it_is(tmp_path: Path) -> None:
    """The cap in dollars still holds for a model that nobody priced."""
    settings = read(tmp_path, name="local", environ={"TOLLGATE_MODEL": "other.model"}).settings
    assert settings is not None
    target = settings.models["reasoning"]
    assert (target.provider, target.model, target.price.output) == ("bedrock", "other.model", 15.0)
    assert target.price.source == "price of some.model, used for other.model: a page"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "the value: invalid JSON: EOF while parsing an object at line 1 column 1"),
        ('{"U1": {"id": "a", "tenant": "t"}}', "U1.kind: field required"),
        ("[]", "the value: input should be an object"),
    ],
)
def test_bad_slack_users_are_told(tmp_path: Path, text: str, message: str) -> None:
    """A variable is a place like a file."""
    found = told(tmp_path, read(tmp_path, name="local", environ={"TOLLGATE_SLACK_USERS": text}))
    assert found == [
        f"TOLLGATE_SLACK_USERS:1: error: {message}. "
        'write: `{"U123": {"id": "ann", "tenant": "local", "kind": "person", "claims": {"roles": ["finance"]}}}`'
    ]


def test_bad_base_url_is_told(tmp_path: Path) -> None:
    """It is never asked."""
    found = told(tmp_path, read(tmp_path, name="local", environ={"OPENAI_BASE_URL": "file:///etc/passwd"}))
    assert found == ["OPENAI_BASE_URL:1: error: 'file:///etc/passwd' is not a URL. write: http://127.0.0.1:11434/v1"]


def test_server_that_lists_nothing_gets_the_default_name(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """A server of one model accepts any name; the user is told how to choose."""

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(local_overrides, "urlopen", refuse)
    settings = deepcopy(STAGE) | {"slack": {}}
    local_overrides.overridden(settings, {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1/"})
    assert settings["models"]["reasoning"]["model"] == "default"
    assert capsys.readouterr().err == (
        "note: http://127.0.0.1:9/v1/models lists no model (refused); the name `default` is used, or set OPENAI_MODEL\n"
    )


def test_a_webhook_in_the_clear_is_refused_where_it_is_deployed(tmp_path: Path) -> None:
    """A signature keeps a message from being changed, not from being read; a laptop may post to itself."""
    hook = {"url": "http://erp.example.com/hook", "secret_id": "hooks/erp"}
    settings = {"notifications": {"webhooks": {"erp": hook}}}
    [problem] = told(tmp_path, read(tmp_path, lambda s: s.update(settings)))
    assert "the webhook `erp` would be told in the clear. write: an https:// URL" in problem
    assert read(tmp_path, lambda s: s.update(settings), name="local").problems == []
