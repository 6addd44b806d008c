"""A server whose tasks wait for ever (to look at each state at leisure), and a live one."""

import base64
import io
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from PIL import Image, ImageDraw
from starlette.testclient import TestClient

from cleanplate.app import build
from cleanplate.database import open_database
from cleanplate.settings import Settings
from cleanplate.storage.filesystem import FileStore
from cleanplate.tasks.store import TaskStore
from cleanplate.wire.base import Services

KEY = "sk-good"
SUBMIT = "/api/v1/services/aigc/image2image/image-synthesis"
MODEL = "image-erase-completion"
HEADERS = {"Authorization": f"Bearer {KEY}", "X-DashScope-Async": "enable"}


@cache
def png(kind: str, width: int = 96, height: int = 64) -> bytes:
    """An encoded picture: "photo" is a gradient with a disc, "mask" covers the disc, "clear" is black."""
    if kind == "photo":
        picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
        ImageDraw.Draw(picture).ellipse((30, 20, 50, 40), fill=(250, 40, 40))
    else:
        picture = Image.new("L", (width, height), 0)
        if kind == "mask":
            ImageDraw.Draw(picture).rectangle((28, 18, 52, 42), fill=255)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def data_uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def erase_body(*, parameters: Any = None, **inputs: Any) -> dict[str, Any]:
    """A good submit body; `inputs` are added to its `input` or replace what is there."""
    given = {"image_url": data_uri(png("photo")), "mask_url": data_uri(png("mask")), **inputs}
    return {"model": MODEL, "input": given, "parameters": {} if parameters is None else parameters}


@dataclass(frozen=True)
class Api:
    """The application called in this process, and what lies behind it."""

    client: TestClient
    services: Services
    store: TaskStore

    @property
    def objects(self) -> FileStore:
        return self.services.objects

    def submit(self, body: object = None, **headers: str) -> Any:
        """The JSON reply to a submit."""
        return self.client.post(SUBMIT, json=erase_body() if body is None else body, headers=headers).json()

    def submitted(self, **parameters: Any) -> str:
        """The id of a new task."""
        task_id: str = self.submit(erase_body(parameters=parameters))["output"]["task_id"]
        return task_id

    def output(self, task_id: str) -> Any:
        return self.client.get(f"/api/v1/tasks/{task_id}").json()["output"]


def settings_for(data: Path, **more: Any) -> Settings:
    return Settings(
        data=data,
        api_keys=(KEY,),
        limits="relaxed",
        fetch_allow=(ip_network("127.0.0.0/8"),),
        sqlite_synchronous="NORMAL",
        max_body_bytes=20 * 2**20,
        **more,
    )


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The lifespan does not run, so no worker does: accepted tasks stay queued."""
    settings = settings_for(tmp_path_factory.mktemp("api"))
    app = build(settings)
    engine = open_database(settings.data / "cleanplate.db")
    client = TestClient(app, headers=HEADERS, raise_server_exceptions=False)
    yield Api(client, app.state.services, TaskStore(engine))
    engine.dispose()
    app.state.close()


class _Pictures(BaseHTTPRequestHandler):
    """`/photo.png`, `/mask.png`, `/clear.png`; anything else is 404."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass

    def do_GET(self) -> None:
        kind = self.path.strip("/").removesuffix(".png")
        known = kind in ("photo", "mask", "clear")
        data = png(kind) if known else b""
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture(scope="module")
def pictures() -> Iterator[str]:
    """Base URL of a loopback server with test pictures."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pictures) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a whole server on loopback, worker included."""
    app = build(settings_for(tmp_path_factory.mktemp("live")))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


