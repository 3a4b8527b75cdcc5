"""The AWS of the local stack, in this process: DynamoDB, S3, Secrets Manager, CloudWatch, EventBridge, Step Functions.

moto answers, mended by `local.moto_fixes`; the state machines run here and call their functions at `lambda_url`.
Everything lives in memory: a restart begins with an empty account. Nothing leaves 127.0.0.1.
"""

import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local.aws_server import AwsServer
from local.events import StatusCallback, StatusFeed
from local.loopback import PortUnavailableError, refusal_of
from local.moto_fixes import lifecycle
from local.moto_fixes.callbacks import TOKENS
from local.moto_fixes.catalogue import install
from local.moto_fixes.clients import TASK_CLIENTS, Endpoints
from local.moto_fixes.dynamodb import TRANSACTIONS
from local.moto_fixes.events import EVENT_LISTENERS

_QUEUED_CONNECTIONS = 1024
_STOP_POLL_SECONDS = 0.1


class AwsRunningError(RuntimeError):
    """A second LocalAws was started in one process; moto's state exists once per process."""


class LocalAws:
    """An empty AWS account from `start` to `stop`; a context manager does both."""

    _running = threading.Lock()

    def __init__(
        self,
        *,
        lambda_url: Callable[[], str] | str,
        region: str = "eu-central-1",
        account: str = "123456789012",
        port: int = 0,
    ) -> None:
        self._lambda_url: Callable[[], str] = lambda_url if callable(lambda_url) else lambda: lambda_url
        self.region, self.account, self._port = region, account, port
        self._feed = StatusFeed()
        self._subscribers: list[StatusCallback] = []
        self._server: AwsServer | None = None
        self._thread: threading.Thread | None = None
        self._previous_config: dict[str, Any] = {}

    @property
    def url(self) -> str:
        """Where the AWS answers; the port is chosen by `start`."""
        if self._server is None:
            raise RuntimeError("LocalAws is not running: call start() before url")
        return f"http://127.0.0.1:{self._port}"

    def on_execution_status(self, callback: StatusCallback) -> None:
        """`callback` gets EventBridge's event for RUNNING and every terminal status of every execution."""
        self._feed.subscribe(callback)

    def on_event(self, callback: StatusCallback) -> None:
        """`callback` gets every event that is put on the default bus."""
        self._subscribers.append(callback)

    def start(self) -> None:
        """Answers at `url` when this returns.

        Raises:
            PortUnavailableError: the port that was asked for is taken.
            AwsRunningError: another LocalAws runs in this process.
        """
        if not self._running.acquire(blocking=False):
            raise AwsRunningError("a LocalAws already runs in this process; stop it first, or use another process")
        try:
            install()
            listener = _listen(self._port)
        except BaseException:
            self._running.release()
            raise
        self._begin_empty()
        self._serve(listener)
        TASK_CLIENTS.point_at(Endpoints(self.url, self._lambda_url))
        lifecycle.STATUS_LISTENERS.append(self._feed.publish)
        EVENT_LISTENERS.append(self._hand_on)
        self._feed.start()

    def stop(self) -> None:
        """Nothing answers any more, every execution is aborted, and no thread is left that waits."""
        if self._server is None or self._thread is None:
            return
        lifecycle.STATUS_LISTENERS.remove(self._feed.publish)
        EVENT_LISTENERS.remove(self._hand_on)
        self._feed.stop()
        self._server.shutdown()
        # The serving thread closes the socket, and until it has, the port still accepts.
        self._thread.join()
        _abort_everything()
        TASK_CLIENTS.point_at(None)
        default_user_config.update(self._previous_config)  # type: ignore[typeddict-item]
        self._begin_empty_state()
        self._server = None
        self._running.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _hand_on(self, event: dict[str, Any]) -> None:
        for callback in self._subscribers:
            callback(event)

    def _begin_empty(self) -> None:
        self._previous_config = {key: dict(default_user_config[key]) for key in ("stepfunctions", "lambda")}
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        default_user_config["lambda"] = {"use_docker": False}
        self._begin_empty_state()

    @staticmethod
    def _begin_empty_state() -> None:
        BackendDict.reset()
        TOKENS.clear()
        TRANSACTIONS.clear()

    def _serve(self, listener: socket.socket) -> None:
        self._port = listener.getsockname()[1]
        application = _OnlyForUs(DomainDispatcherApplication(create_backend_app), self._port, self.account)
        self._server = AwsServer(listener, application)
        listener.close()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_POLL_SECONDS,), name="aws", daemon=True
        )
        self._thread.start()


class _OnlyForUs:
    """Refuses what was not meant for this AWS, and tells moto whose account it is."""

    def __init__(self, application: Any, port: int, account: str) -> None:
        self._application, self._account = application, account
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        refusal = self._refusal(environ.get("HTTP_HOST"), environ.get("HTTP_ORIGIN"))
        if refusal:
            return _answer(start_response, "403 Forbidden", refusal)
        if environ.get("PATH_INFO", "").startswith("/moto-api"):
            return _answer(start_response, "404 Not Found", "moto's own API is not part of AWS")
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer

    def _refusal(self, host: str | None, origin: str | None) -> str | None:
        if host is not None and host not in self._hosts:
            return f"Host {host!r} is not this server; use {' or '.join(sorted(self._hosts))}"
        return refusal_of(host, origin)


def _answer(start_response: Any, status: str, message: str) -> list[bytes]:
    body = message.encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(_QUEUED_CONNECTIONS)
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortUnavailableError(
            f"cannot listen on 127.0.0.1:{port}: {error}; stop what uses the port, or choose another with port="
        ) from error
    return listener


def _abort_everything() -> None:
    for account in list(stepfunctions_parser_backends.values()):
        for backend in list(account.values()):
            for execution in backend._get_executions():
                execution.stop(stop_date=None, error=None, cause="the local AWS stopped")
