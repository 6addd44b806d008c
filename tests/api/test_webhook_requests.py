"""Callbacks of whole servers, as a receiver gets and checks them."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from tests.api.servers import KEY, data_uri, png, served, settings_for

from cleanplate.api.webhook_requests import HEADER, signature
from cleanplate.app import build
from cleanplate.storage.server_secret import load_secret

TIMEOUT_S = 20.0
NOVITA = {"Authorization": f"Bearer {KEY}"}
PICWISH = {"X-API-KEY": KEY}


@dataclass
class Inbox:
    """A receiver on loopback: what came, headers and body."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def one(self) -> tuple[dict[str, str], bytes]:
        """The only request, when it has come."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while not self.got:
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        assert len(self.got) == 1
        return self.got[0]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    box = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            box.got.append((dict(self.headers), body))

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        box.url = f"http://127.0.0.1:{server.server_port}/hook?a=1"
        yield box
        server.shutdown()
        thread.join()


def post_novita(base: str, url: str, **hook: Any) -> Any:
    body = {
        "image": data_uri(png("photo")),
        "mask": data_uri(png("mask")),
        "extra": {"webhook": {"url": url, **hook}},
    }
    return requests.post(base + "/v3/async/image-eraser", json=body, headers=NOVITA, timeout=10).json()


def post_picwish(base: str, url: str) -> Any:
    files = {"image_file": ("x", png("photo")), "mask_file": ("x", png("mask"))}
    path = base + "/api/tasks/visual/inpaint"
    return requests.post(path, files=files, data={"callback_url": url}, headers=PICWISH, timeout=10).json()


def test_novita(live: str, inbox: Inbox) -> None:
    task_id = post_novita(live, inbox.url)["task_id"]
    event = json.loads(inbox.one()[1])
    assert event["event_type"] == "ASYNC_TASK_RESULT"
    query = {"task_id": task_id}
    reply = requests.get(live + "/v3/async/task-result", params=query, headers=NOVITA, timeout=10).json()
    for result in (event["payload"], reply):
        result["images"][0].pop("image_url_ttl")  # it counts down
    assert event["payload"] == reply
    assert reply["extra"]["webhook"] == {"url": inbox.url}
    assert requests.get(event["payload"]["images"][0]["image_url"], timeout=10).status_code == 200


@pytest.mark.parametrize("status", ["TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED"])
def test_novita_in_test_mode(live: str, inbox: Inbox, status: str) -> None:
    post_novita(live, inbox.url, test_mode={"enabled": True, "return_task_status": status})
    assert json.loads(inbox.one()[1])["payload"]["task"]["status"] == status


def test_picwish(live: str, inbox: Inbox) -> None:
    task_id = post_picwish(live, inbox.url)["data"]["task_id"]
    told = json.loads(inbox.one()[1])
    path = f"{live}/api/tasks/visual/inpaint/{task_id}"
    assert told == requests.get(path, headers=PICWISH, timeout=10).json()
    assert told["data"]["state"] == 1


@pytest.mark.parametrize("post", [post_novita, post_picwish])
def test_the_signature(tmp_path: Path, inbox: Inbox, post: Callable[[str, str], Any]) -> None:
    """As docs/novita.md tells a receiver to check it; a restart in between loses nothing."""
    app = build(settings_for(tmp_path))
    with served(app, lifespan="off") as base:  # accepted, but nobody works
        post(base, inbox.url)
    app.state.close()
    restarted: Starlette = build(settings_for(tmp_path))
    with served(restarted, lifespan="on"):
        headers, body = inbox.one()
    secret = load_secret(tmp_path / "secret").for_webhooks()
    sent = dict(part.split("=", 1) for part in headers[HEADER].split(","))
    wanted = hmac.new(secret.encode(), sent["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(sent["v1"], wanted)
    assert abs(int(sent["t"]) - time.time()) < 60
    assert headers[HEADER] == signature(secret, body, int(sent["t"]))


def test_links_begin_with_what_the_submit_was_sent_to(live: str, inbox: Inbox) -> None:
    post_novita(live.replace("127.0.0.1", "localhost"), inbox.url)
    url = json.loads(inbox.one()[1])["payload"]["images"][0]["image_url"]
    assert url.startswith("http://localhost:")
