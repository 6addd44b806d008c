"""The servers that the tests of all dialects ask, and the pictures that they send to them."""

import base64
import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

import uvicorn
from PIL import Image, ImageDraw
from starlette.applications import Starlette
from tests.api.client import Client

from cleanplate.api.services import Services
from cleanplate.app import build
from cleanplate.database import open_database
from cleanplate.serving import server_config
from cleanplate.settings import Settings
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.store import TaskStore

KEY = "sk-good"
BEARER = {"Authorization": f"Bearer {KEY}"}


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


@dataclass(frozen=True)
class Api:
    """A server on loopback, a client with a good key, and what lies behind it in this process."""

    base: str
    client: Client
    services: Services
    store: TaskStore

    @property
    def objects(self) -> BlobStore:
        return self.services.objects


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


@contextmanager
def waiting(settings: Settings) -> Iterator[Api]:
    """A server whose tasks stay queued: the lifespan does not run, so no worker does."""
    app = build(settings)
    engine = open_database(settings.data / "cleanplate.db")
    with served(app, lifespan="off") as base, Client.opened(base, **BEARER) as client:
        yield Api(base, client, app.state.services, TaskStore(engine))
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


@contextmanager
def picture_server() -> Iterator[str]:
    """The pictures by URL; gives its base."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pictures) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
