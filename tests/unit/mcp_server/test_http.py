"""Over HTTP on loopback: no file is read, keys are asked for, and results are read through the protocol."""

import pytest

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import httpx2
import numpy as np
import requests
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from PIL import Image
from tests.unit.mcp_server.answers import COMMAND, Heard, bytes_of, endless_plugin, link_of, text

from cleanplate import edit
from cleanplate.mcp_server.http_transport import is_loopback

BOXES = [[28, 18, 52, 42]]


@contextmanager
def served(folder: Path, **env: str) -> Iterator[str]:
    """The address of a server of its own process."""
    command = [*COMMAND, "--http", "--port", "0", "--results", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **env}) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if line.startswith("MCP server at "):
                    yield line.split()[-1]
                    break
            else:
                raise AssertionError("it did not start")
        finally:
            process.terminate()


def data_uri(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def test_a_picture_is_cleaned_and_read_back(photo: Path, tmp_path: Path) -> None:
    heard = Heard()

    async def main(address: str) -> None:
        async with Client(address, read_timeout_seconds=120) as client:
            arguments = {"image": data_uri(photo), "boxes": BOXES}
            answer = await client.call_tool("erase", arguments, progress_callback=heard)
            assert not answer.is_error, text(answer)
            uri = link_of(answer).uri
            assert uri.startswith("cleanplate://results/picture-erase-")
            (tmp_path / "back.png").write_bytes(bytes_of(await client.read_resource(uri)))
            wide = await client.call_tool("expand", {"image": uri, "left": 1.2})
            assert not wide.is_error
            assert (await client.list_resources()).resources == []
            for path in (str(photo), photo.as_uri(), "http://127.0.0.1:1/a.png"):
                refused = await client.call_tool("erase", {"image": path, "boxes": BOXES})
                assert refused.is_error, path

    with served(tmp_path) as address:
        anyio.run(main, address)
        other = requests.post(address, json={}, headers={"Host": "evil.example"}, timeout=10)
        assert other.status_code == 421
        page = requests.post(address, json={}, headers={"Origin": "https://evil.example"}, timeout=10)
        assert page.status_code == 403
    wanted = edit("erase", photo, boxes=BOXES).array()
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "back.png")), wanted)
    assert heard.shares[-1] == 1.0


def test_with_keys_nothing_is_answered_without_one(tmp_path: Path) -> None:
    async def main(address: str) -> None:
        http = httpx2.AsyncClient(headers={"Authorization": "Bearer sk-good"})
        async with http, Client(streamable_http_client(address, http_client=http)) as client:
            assert (await client.list_tools()).tools

    with served(tmp_path, CLEANPLATE_API_KEYS="sk-other,sk-good") as address:
        for header in ({}, {"Authorization": "Bearer sk-bad"}, {"Authorization": "Basic sk-good"}):
            reply = requests.post(address, json={}, headers=header, timeout=10)
            assert reply.status_code == 401
            assert reply.headers["WWW-Authenticate"] == "Bearer"
        anyio.run(main, address)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_cancelled_call_makes_room_for_the_next(photo: Path, tmp_path: Path, mode: str) -> None:
    async def main(address: str) -> None:
        async with Client(address, read_timeout_seconds=60, mode=mode) as client:
            with anyio.CancelScope() as scope:
                stop = Heard(lambda said: scope.cancel() if said == "waiting" else None)
                arguments = {"edit": "endless", "image": data_uri(photo)}
                await client.call_tool("edit", arguments, progress_callback=stop)
            assert scope.cancelled_caught
            answer = await client.call_tool("expand", {"image": data_uri(photo), "left": 1.1})
            assert not answer.is_error

    with served(tmp_path, CLEANPLATE_PLUGINS=str(endless_plugin(tmp_path))) as address:
        anyio.run(main, address)


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("plates.example", False)],  # noqa: S104
)
def test_what_only_this_machine_reaches(host: str, own: bool) -> None:
    assert is_loopback(host) is own
