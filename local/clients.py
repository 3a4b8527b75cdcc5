"""boto3 clients of the local AWS, one per service: making one costs far more than all its requests at start."""

import threading
from typing import Any

import boto3
from botocore.config import Config


class LocalClients:
    """Clients that ask these endpoints only, whatever proxies or credentials the environment holds; thread-safe."""

    def __init__(self, *, aws_url: str, lambda_url: str, region: str) -> None:
        self._aws_url, self._lambda_url, self._region = aws_url, lambda_url, region
        self._session: Any = boto3.session.Session()
        self._lock = threading.Lock()
        self._made: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The client of a service; `lambda` is the Lambda host's, everything else the local AWS's."""
        with self._lock:
            if service not in self._made:
                self._made[service] = self._make(service)
            return self._made[service]

    def _make(self, service: str) -> Any:
        return self._session.client(
            service,
            endpoint_url=self._lambda_url if service == "lambda" else self._aws_url,
            region_name=self._region,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )
