"""The name of a local server's model is asked of the server itself."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, HTTPServer

from tollgate.definitions.local_overrides import overridden

from tests.unit.definition_files import STAGE


@contextmanager
def server(body: bytes) -> Iterator[str]:
    """An OpenAI-compatible server that lists what it is given; yields its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/v1/models" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/v1"
        http.shutdown()
        thread.join()


def chosen(body: bytes) -> str:
    """The model's name after the server answered."""
    with server(body) as base_url:
        settings = deepcopy(STAGE) | {"slack": {}}
        overridden(settings, {"OPENAI_BASE_URL": base_url})
        return str(settings["models"]["reasoning"]["model"])


def test_first_listed_model_is_taken() -> None:
    """As Ollama and vLLM list them."""
    assert chosen(json.dumps({"data": [{"id": "llama3.2"}, {"id": "qwen3"}]}).encode()) == "llama3.2"


def test_answer_that_lists_nothing_means_the_default_name() -> None:
    """An empty list, another shape or no JSON at all is no reason to stop."""
    for body in (b'{"data": []}', b'{"models": []}', b"<html>", b"[]"):
        assert chosen(body) == "default"
