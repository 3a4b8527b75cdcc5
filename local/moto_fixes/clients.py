"""Where the interpreter's tasks go: Lambda calls to our Lambda endpoint, everything else back to this AWS."""

import importlib
import os
import pkgutil
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from moto.stepfunctions.parser.asl.component.state.exec.state_task import service as task_services
from moto.stepfunctions.parser.asl.utils import boto_client

# Above the longest task (a Lambda may run 900 s, its state 915 s), so that the state machine's timeout decides.
READ_TIMEOUT_SECONDS = 1000
CONNECT_TIMEOUT_SECONDS = 5
# boto3 keeps this many connections to an endpoint open; more calls at once still work, over connections of their own.
POOLED_CONNECTIONS = 256


@dataclass(frozen=True)
class Endpoints:
    """Where the tasks of the running AWS find their services."""

    aws_url: str
    lambda_url: Callable[[], str]

    def url_of(self, service: str) -> str:
        return self.lambda_url() if service == "lambda" else self.aws_url


class TaskClients:
    """One boto3 client per endpoint, region and service, made once and shared by all threads."""

    def __init__(self) -> None:
        self.endpoints: Endpoints | None = None
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()

    def point_at(self, endpoints: Endpoints | None) -> None:
        """From now on tasks call these endpoints; None when no local AWS runs."""
        with self._lock:
            self.endpoints = endpoints
            self._clients.clear()

    def client(self, region: str, service: str) -> Any:
        """The shared client; raises if no local AWS runs, because any other endpoint would be the network."""
        if self.endpoints is None:
            raise RuntimeError("a state machine's task ran while no LocalAws was started; start one first")
        url = self.endpoints.url_of(service)
        with self._lock:
            key = (url, region, service)
            if key not in self._clients:
                self._clients[key] = _new_client(url, region, service)
            return self._clients[key]


TASK_CLIENTS = TaskClients()


def _new_client(url: str, region: str, service: str) -> Any:
    return boto3.session.Session(botocore_session=_hermetic_session()).client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=url,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(
            parameter_validation=False,
            retries={"total_max_attempts": 1},  # the state machine's Retry is the only one
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            max_pool_connections=POOLED_CONNECTIONS,
            proxies={},
        ),
    )


def _hermetic_session() -> botocore.session.Session:
    # The user's own profile and config file say nothing about an AWS that lives in this process.
    ignored = {name: (None, None, value, None) for name, value in _IGNORED_SETTINGS.items()}
    return botocore.session.Session(session_vars=ignored)


_IGNORED_SETTINGS = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}


def route_task_clients() -> None:
    """AWS calls the function whose ARN the task names, once, and waits as long as the task may last.

    moto builds a new client for every task (20 ms), sends all of them to `http://localhost:<MOTO_PORT>` and lets them
    wait for three years.
    """
    stock = boto_client.boto_client_for

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        del state_credentials  # roles are not enforced locally
        return TASK_CLIENTS.client(region, service)

    for module in pkgutil.iter_modules(task_services.__path__):
        importlib.import_module(f"{task_services.__name__}.{module.name}")
    users = [module for module in list(sys.modules.values()) if vars(module).get("boto_client_for") is stock]
    for user in users:
        vars(user)["boto_client_for"] = boto_client_for
