"""A server whose tasks wait for ever (to look at each state at leisure), and a live one."""

import base64
import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

import pytest
import requests
import uvicorn
from PIL import Image, ImageDraw
from starlette.applications import Starlette
from tests.conftest import PACK

from cleanplate.api.services import Services
from cleanplate.app import build
from cleanplate.database import open_database
from cleanplate.serving import server_config
from cleanplate.settings import Settings
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.store import TaskStore

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


class Client:
    """Sends requests to one server, with a good key unless told otherwise. Redirects are not followed."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(HEADERS)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base + path, allow_redirects=False, timeout=60, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.request("POST", path, **options)


@dataclass(frozen=True)
class Api:
    """A server on loopback, and what lies behind it in this process."""

    base: str
    client: Client
    services: Services
    store: TaskStore

    @property
    def objects(self) -> BlobStore:
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
        # Most of these servers accept a great deal and do nothing.
        **{"max_queue_wait_s": 10**5, **more},
    )


@contextmanager
def served(app: Starlette, *, lifespan: Literal["on", "off"]) -> Iterator[str]:
    """Run the application in a thread; gives its base URL."""
    services: Services | None = getattr(app.state, "services", None)
    settings = Settings() if services is None else services.settings
    server = uvicorn.Server(server_config(app, settings, lifespan=lifespan))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The lifespan does not run, so no worker does: accepted tasks stay queued. No model is installed."""
    with waiting(settings_for(tmp_path_factory.mktemp("api"))) as api:
        yield api


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The same with the model pack."""
    with waiting(settings_for(tmp_path_factory.mktemp("packed"), plugins=PACK)) as api:
        yield api


@contextmanager
def waiting(settings: Settings) -> Iterator[Api]:
    """A server whose tasks stay queued."""
    app = build(settings)
    engine = open_database(settings.data / "cleanplate.db")
    with served(app, lifespan="off") as base:
        client = Client(base)
        yield Api(base, client, app.state.services, TaskStore(engine))
        client.session.close()
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
        with suppress(ConnectionError):  # a server that is stopped drops what it fetches
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
def packed_live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a whole server with the model pack."""
    app = build(settings_for(tmp_path_factory.mktemp("packed"), plugins=PACK))
    with served(app, lifespan="on") as base:
        yield base


def ended_reply(client: Client, task_id: str) -> Any:
    """The reply to a poll once the task has ended."""
    deadline_s = time.monotonic() + 30
    while (found := client.get(f"/api/v1/tasks/{task_id}").json())["output"]["task_status"] in (
        "PENDING",
        "RUNNING",
    ):
        assert time.monotonic() < deadline_s, found
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a whole server on loopback, worker included."""
    app = build(settings_for(tmp_path_factory.mktemp("live")))
    with served(app, lifespan="on") as base:
        yield base
