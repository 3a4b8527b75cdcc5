"""Kind `mcp` against a real server of the package `mcp` in its own process, well-behaved and hostile."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tollgate.errors import CallUnfinishedError
from tollgate.tool_runtime.mcp_pin import pinned
from tollgate.tool_runtime.mcp_session import connected, described
from tollgate.tool_runtime.mcp_tool import McpRunner
from tollgate.tool_runtime.mcp_transport import PinnedTransport

from cli.commands.check import check
from tests.integration.http_target import redirect, serving
from tests.integration.tool_world import Held, ToolWorld, manifest, tools

__all__ = ["tools"]

SERVER = Path(__file__).with_name("mcp_server.py")


class Server:
    """The server's process and what it wrote."""

    def __init__(self, folder: Path, process: "subprocess.Popen[bytes]") -> None:
        self._folder = folder
        self.process = process
        self.url = f"http://127.0.0.1:{(folder / 'port').read_text()}/mcp"

    @property
    def calls(self) -> list[str]:
        path = self._folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def digest(self, tool: str) -> str:
        async def look() -> str:
            async with connected(self.url, PinnedTransport(["127.0.0.1"], {})) as client:
                return pinned(await described(client, tool))

        return asyncio.run(look())


@contextmanager
def running(folder: Path, *words: str) -> Iterator[Server]:
    folder.mkdir()
    process = subprocess.Popen([sys.executable, str(SERVER), str(folder), *words])
    try:
        deadline = time.monotonic() + 30
        while not (folder / "port").exists():
            assert process.poll() is None, "the MCP server did not start"
            assert time.monotonic() < deadline, "the MCP server did not start in time"
            time.sleep(0.02)
        yield Server(folder, process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module", autouse=True)
def _loopback() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOLLGATE_ALLOW_LOOPBACK", "true")
        patch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, _loopback: None) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("mcp") / "a") as started:
        yield started


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory, _loopback: None) -> Iterator[Server]:
    """The same server as most are: it answers with an event stream, which a client may ask to go on."""
    with running(tmp_path_factory.mktemp("mcp") / "b", "stream") as started:
        yield started


@pytest.fixture(params=["server", "streaming"])
def either(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def called(tools: ToolWorld, url: str, tool: str, digest: str, arguments: Any = None, **fields: Any) -> Held:
    whole = {
        "kind": "mcp", "url": url, "tool": tool, "digest": digest, "hosts": ["127.0.0.1"], "timeout_seconds": 10,
        "input_schema": {"type": "object", "properties": {}},
    }  # fmt: skip
    held = tools.cleared(manifest(**{**whole, **fields}), arguments=arguments or {})
    held.run(McpRunner(held.entry.manifest))
    return held


def test_structured_content_is_the_value(tools: ToolWorld, server: Server) -> None:
    """What the server declares as structured is taken as it is."""
    held = called(tools, server.url, "order", server.digest("order"), {"number": 7})
    assert held.result.value == {"number": 7, "lines": [{"sku": "A", "quantity": 2}]}
    assert "order 7" in server.calls


@pytest.mark.parametrize(
    ("text", "value"), [("hello", "hello"), ('{"a": [1]}', {"a": [1]}), ("{not json", "{not json")]
)
def test_text_is_a_text_or_the_json_it_holds(tools: ToolWorld, server: Server, text: str, value: Any) -> None:
    """Servers without structured content send JSON as text."""
    assert called(tools, server.url, "words", server.digest("words"), {"text": text}).result.value == value


def test_pictures_and_resources_are_described_and_not_shown(tools: ToolWorld, server: Server) -> None:
    """No bytes and no embedded text of a resource reach the model; a link is not followed. The bytes are kept."""
    held = called(tools, server.url, "mixed", server.digest("mixed"))
    stored = held.result.value[1]["stored"]
    assert tools.stores.artifacts.get_text(stored) == "ABC"
    assert held.result.value == [
        "see",
        {"type": "image", "mimeType": "image/png", "bytes": 3, "stored": stored, "shown": False},
        {"type": "audio", "mimeType": "audio/wav", "bytes": 3, "stored": stored, "shown": False},
        {"type": "resource_link", "uri": "file:///etc/passwd", "name": "list", "shown": False},
        {"type": "resource", "uri": "mem://a", "characters": 12, "shown": False},
    ]


def test_error_of_the_tool_is_a_structured_error(tools: ToolWorld, server: Server) -> None:
    """`isError` is a failure with the server's own words, not an answer."""
    held = called(tools, server.url, "fails", server.digest("fails"))
    assert held.result.error == "McpToolError"
    assert "no such order" in held.result.message


@pytest.mark.parametrize("effect", [{}, {"effect": "write", "sinks": [["number"]], "on_retry": "keyed"}])
def test_answer_over_the_cap_is_final(tools: ToolWorld, either: Server, effect: dict[str, Any]) -> None:
    """11 MB are refused by name and asked for once: the same call would have the same answer."""
    server, before = either, either.calls.count("large")
    held = called(tools, server.url, "large", server.digest("large"), retry={"max_attempts": 3}, **effect)
    assert (held.result.error, held.result.attempts) == ("AnswerTooLargeError", 1)
    assert "10,485,760" in held.result.message
    assert server.calls.count("large") - before == 1


def test_answer_of_megabytes_is_kept_whole(tools: ToolWorld, either: Server) -> None:
    """Below the cap an answer may be as large as it is, streamed or not."""
    held = called(tools, either.url, "sizeable", either.digest("sizeable"))
    assert (held.result.ok, len(held.result.value)) == (True, 5_000_000)


def test_slow_tool_is_cut_off_in_its_time(tools: ToolWorld, server: Server) -> None:
    """The manifest's seconds bound the conversation, and the error names the tool."""
    digest, start = server.digest("slow"), time.monotonic()
    held = called(tools, server.url, "slow", digest, timeout_seconds=2)
    assert held.result.error == "ToolTimeoutError"
    assert time.monotonic() - start < 6


@pytest.mark.parametrize("tool", ["order", "renamed_argument"])
def test_tool_that_changed_since_it_was_pinned_is_refused(
    tools: ToolWorld, server: Server, tmp_path: Path, tool: str
) -> None:
    """Another description or another schema: the tool is not called until somebody pins it again."""
    digest = server.digest(tool)
    with running(tmp_path / "changed", "changed") as hostile:
        held = called(tools, hostile.url, tool, digest, {"number": 7}, effect="external")
        assert (held.result.error, held.result.started) == ("ToolUnavailableError", False)
        assert "pin it again" in held.result.message
        assert hostile.calls == []
        again = called(tools, hostile.url, tool, hostile.digest(tool), {"number": 7}, effect="external")
        assert again.result.ok


def test_tool_that_is_gone_is_told_with_the_others(tools: ToolWorld, server: Server) -> None:
    """The error lists what the server has."""
    held = called(tools, server.url, "refund", "sha256:" + "0" * 64)
    assert "no tool 'refund'; it has: order" in held.result.message


def test_server_that_dies_in_the_call_leaves_the_effect_to_a_person(tools: ToolWorld, tmp_path: Path) -> None:
    """An effect that never repeats: one call, and nobody knows how it ended."""
    with running(tmp_path / "dying") as server:
        with pytest.raises(CallUnfinishedError, match="unknown"):
            called(tools, server.url, "dies", server.digest("dies"), effect="external")
        assert server.calls == ["dies"]


def test_server_that_is_not_there_was_not_started(tools: ToolWorld) -> None:
    """A refused connection is certain."""
    with serving() as gone:
        url = gone.url
    held = called(tools, f"{url}/mcp", "order", "sha256:" + "0" * 64, effect="external")
    assert (held.result.error, held.result.started) == ("ToolUnavailableError", False)


def test_host_that_is_not_listed_is_not_reached(tools: ToolWorld, server: Server) -> None:
    """The allow-list holds under the client's own HTTP."""
    held = called(tools, server.url, "order", server.digest("order"), {"number": 1}, hosts=["mcp.example.com"])
    assert "is not in the tool's hosts" in held.result.message


def test_redirect_to_metadata_is_not_followed(tools: ToolWorld) -> None:
    """Neither the package nor our transport goes where the server points."""
    with serving() as hostile:
        hostile.replies = [redirect("http://169.254.169.254/latest/meta-data/", 307)]
        held = called(tools, f"{hostile.url}/mcp", "order", "sha256:" + "0" * 64)
        assert held.result.error == "ToolUnavailableError"
        assert {request.headers["Host"] for request in hostile.arrived} == {f"127.0.0.1:{hostile.port}"}


def test_runner_imports_the_package_only_when_it_runs() -> None:
    """Every tool function loads the runner's module; none but an MCP tool's pays for the package."""
    code = "import sys, tollgate.tool_runtime.mcp_tool; print('mcp' in sys.modules or 'httpx2' in sys.modules)"
    path = str(Path(__file__).parents[2] / "layers" / "runtime" / "python")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": path})
    assert done.stdout.strip() == "False", done.stderr


def test_check_pin_prints_the_digest_to_write_down(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command asks the server and prints the manifest's line; the manifest needs no digest yet."""
    folder = tmp_path / "order"
    folder.mkdir()
    (folder / "tool.yaml").write_text(
        "schema_version: 1\nname: order\ndescription: d\nkind: mcp\neffect: read\ninput_schema: {type: object}\n"
        f"url: {server.url}\ntool: order\nhosts: [127.0.0.1]\n"
    )
    monkeypatch.setenv("TOLLGATE_TOOLS", str(tmp_path))
    said = CliRunner().invoke(check, ["order", "--pin"])
    assert (said.exit_code, said.output.strip()) == (0, f"digest: {server.digest('order')}"), said.output
    assert CliRunner().invoke(check, ["--pin"]).exit_code == 2
