"""The page's socket: what it is told, and what it may not send."""

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from tests.api.iopaint.conftest import Client, body
from tests.api.servers import KEY, served, settings_for

from cleanplate.app import build

pytest.importorskip("socketio", reason="python-socketio is not installed: the extra `iopaint`")

SOCKET = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def socket(client: Client) -> Iterator[str]:
    """The path of an open session, which has connected."""
    opened = client.get(SOCKET).text
    assert opened.startswith("0{")
    told = json.loads(opened[1:])
    assert told["upgrades"] == []
    path = f"{SOCKET}&sid={told['sid']}"
    assert client.post(path, data="40").text == "OK"
    assert client.get(path).text.startswith("40")
    yield path
    client.post(path, data="1")


def test_an_edit_is_told(client: Client, socket: str) -> None:
    client.use("cleanplate-prompt")
    assert client.inpaint(prompt="hold", sd_steps=20).status_code == 200
    news = client.get(socket).text.split("\x1e")
    steps = [json.loads(one[2:])[1]["step"] for one in news if "diffusion_progress" in one]
    assert steps == sorted(steps)
    assert 0 < steps[-1] < 20
    assert news[-1] == '42["diffusion_finish"]'


def test_of_other_accounts_nothing_is_told(client: Client, socket: str) -> None:
    other = {"Authorization": f"Bearer {KEY}"}
    assert client.post("/api/v1/inpaint", json=body(), headers=other).status_code == 200
    with pytest.raises(requests.Timeout):
        client.session.get(client.base + socket, timeout=1)


@pytest.mark.parametrize(
    "sent", ['42["x"]', '451-["x",{"_placeholder":true,"num":0}]', "bAAAA", "x" * 5000, "", "4"]
)
def test_what_is_not_taken(client: Client, socket: str, sent: str) -> None:
    assert client.post(socket, data=sent).status_code == 400


def test_nor_pages_of_other_origins(client: Client) -> None:
    assert client.get(SOCKET, headers={"Origin": "https://evil.example"}).status_code == 401
    assert client.get(SOCKET + "&j=1").status_code == 400
    assert client.get("/socket.io/?EIO=4&transport=websocket").status_code == 400
    assert client.get("/socket.io/?EIO=3&transport=polling").status_code == 400
    assert client.get("/socket.io/").status_code == 400
    assert client.get(SOCKET + "&sid=unknown").status_code == 400
    assert client.post(SOCKET, data="40").status_code == 400


def test_a_page_that_leaves_need_not_wait_for_its_poll(client: Client, socket: str) -> None:
    with requests.Session() as other, ThreadPoolExecutor(1) as pool:
        other.trust_env = False
        poll = pool.submit(other.get, client.base + socket, timeout=20)
        while not poll.running():
            time.sleep(0.01)
        time.sleep(0.1)  # it is on its way
        assert client.post(socket, data="1").text == "OK"
        assert poll.result().text == "6"
    assert client.get(socket).status_code == 400


def test_so_many_pages_and_no_more(client: Client) -> None:
    replies = [client.get(SOCKET) for _ in range(66)]
    assert replies[-1].status_code == 429
    for reply in replies:
        if reply.ok:
            client.post(f"{SOCKET}&sid={json.loads(reply.text[1:])['sid']}", data="1")


def test_the_librarys_own_client(client: Client) -> None:
    socketio = pytest.importorskip("socketio")
    seen: list[str] = []

    async def watch() -> None:
        page = socketio.AsyncClient()
        page.on("diffusion_finish", lambda *_: seen.append("finish"))
        await page.connect(client.base, transports=["polling"])
        reply = await asyncio.to_thread(client.inpaint)
        assert reply.status_code == 200
        deadline_s = time.monotonic() + 10
        while not seen and time.monotonic() < deadline_s:
            await asyncio.sleep(0.02)
        await page.disconnect()

    asyncio.run(watch())
    assert seen == ["finish"]


def test_a_server_that_is_to_stop_keeps_no_page_waiting(tmp_path: Path) -> None:
    app = build(settings_for(tmp_path, iopaint="on"))
    with served(app, lifespan="off") as base, ThreadPoolExecutor(1) as pool, Client.opened(base) as client:
        sid = json.loads(client.get(SOCKET).text[1:])["sid"]
        path = f"{SOCKET}&sid={sid}"
        client.post(path, data="40")
        client.get(path)
        with requests.Session() as other:
            other.trust_env = False
            waiting = pool.submit(other.get, base + path, timeout=20)
            app.state.services.closing.set()
            assert waiting.result().status_code == 503
    app.state.close()
