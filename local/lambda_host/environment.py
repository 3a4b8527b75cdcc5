"""The environment of a function's process: the template's variables and the platform's own, nothing of the caller's.

The local host is the platform, so it alone lifts the switch that makes deployed functions ignore endpoint overrides.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.lambda_host.function import FunctionSpec
from local.loopback import LOOPBACK_NAMES

FROM_CALLER = ("PATH", "LANG")
CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
)


@dataclass(frozen=True)
class Platform:
    """Where the parts of this local stack listen. `caller` is the environment of whoever started the stack."""

    region: str
    aws_url: str
    lambda_url: str
    bedrock_url: str
    slack_url: str
    caller: Mapping[str, str]


def process_environment(spec: FunctionSpec, platform: Platform, runtime_api: str) -> dict[str, str]:
    """Every variable of the function's process; the platform's own win over the template's, as on Lambda."""
    return {
        **{name: platform.caller[name] for name in FROM_CALLER if name in platform.caller},
        **{name: value for name, value in spec.environment.items() if name != "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"},
        **_reserved(spec, platform.region, runtime_api),
        **_endpoints(platform),
        **_credentials(spec, platform),
    }


def _reserved(spec: FunctionSpec, region: str, runtime_api: str) -> dict[str, str]:
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    return {
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_REGION": region,
        "LAMBDA_TASK_ROOT": str(spec.code),
        "PYTHONPATH": _python_path(spec),
        "TZ": ":UTC",
        "_HANDLER": spec.handler,
    }


def _python_path(spec: FunctionSpec) -> str:
    # Layers are merged in order into /opt, so a later one hides an earlier one.
    layers = [str(layer / "python") for layer in reversed(spec.layers)]
    own = spec.environment.get("PYTHONPATH")
    return os.pathsep.join([str(spec.code), *layers, *([own] if own else [])])


def _endpoints(platform: Platform) -> dict[str, str]:
    return {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": platform.aws_url,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": platform.bedrock_url,
        "AWS_ENDPOINT_URL_LAMBDA": platform.lambda_url,
        "SLACK_API_URL": platform.slack_url,
        "TOLLGATE_ALLOW_LOOPBACK": "true",
    }


def _credentials(spec: FunctionSpec, platform: Platform) -> dict[str, str]:
    """Dummies, except that the one function that calls models gets the caller's own if the model is the caller's."""
    dummies = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    return {**dummies, **_model_credentials(platform)} if spec.calls_models else dummies


def _model_credentials(platform: Platform) -> dict[str, str]:
    caller = platform.caller
    wanted = [] if is_loopback(platform.bedrock_url) else [*CREDENTIALS]
    if "AWS_PROFILE" in caller and wanted:
        wanted.append("HOME")  # where the profile's files are
    if "OPENAI_BASE_URL" in caller:
        wanted.append("OPENAI_API_KEY")
    return {name: caller[name] for name in wanted if name in caller}


def is_loopback(url: str) -> bool:
    """Whether the URL names this machine."""
    return urlsplit(url).hostname in LOOPBACK_NAMES
