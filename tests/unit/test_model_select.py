"""From a target to the model that answers."""

import pytest
from tollgate.definitions.registry import ModelTarget, Price
from tollgate.errors import ModelFailedError
from tollgate.model.bedrock import BedrockModel
from tollgate.model.openai import OpenAIModel
from tollgate.model.openai_key import api_key
from tollgate.model.select import model_for

FREE = Price(input=0, output=0, source="none", as_of="2026-01-01")


def test_equal_targets_get_the_same_model() -> None:
    """What a model learned of its server (the name of the limit) is learned once per process."""
    first = ModelTarget(provider="openai", model="m", base_url="http://127.0.0.1:1/v1", price=FREE)
    assert model_for(first) is model_for(first.model_copy())
    assert isinstance(model_for(first), OpenAIModel)
    assert isinstance(model_for(ModelTarget(provider="bedrock", model="m", price=FREE)), BedrockModel)


@pytest.mark.parametrize("base_url", [None, "", "localhost:11434/v1", "ftp://x"])
def test_openai_target_without_a_url_says_where_to_write_it(base_url: str | None) -> None:
    """The message names both places: the stage's file and the laptop's variable."""
    with pytest.raises(ModelFailedError, match=r"base_url .* cdk\.json, or set OPENAI_BASE_URL"):
        model_for(ModelTarget(provider="openai", model="m", base_url=base_url, price=FREE))


def test_key_of_the_environment_is_used_locally_and_ignored_when_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployed function takes its key from Secrets Manager only."""
    monkeypatch.setenv("OPENAI_API_KEY", " sk-1\n")
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    assert api_key(None) == "sk-1"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert api_key(None) is None


def test_key_that_no_header_may_hold_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key with a line break in it would crash the request with the key in the message."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1\nsk-2")
    with pytest.raises(ModelFailedError, match="OPENAI_API_KEY is no API key") as raised:
        api_key(None)
    assert "sk-1" not in str(raised.value)
