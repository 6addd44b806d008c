"""A server whose edits wait for ever, one that works (with an edit that takes its time), and clients."""

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from tests.api.client import Client as BaseClient
from tests.api.servers import BEARER, KEY, png, served, settings_for

from cleanplate.app import build

EDITS = "/v1/edits"
TEST_KEY = "test-native"
ENDED = ("succeeded", "failed", "cancelled")

_PLUGIN = """
import time

from pydantic import Field

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters


class Patience(Parameters):
    seconds: float = Field(0.0, ge=0, le=60)


def run(request: EditRequest) -> Edited:
    end = time.monotonic() + request.parameters.seconds
    while (left := end - time.monotonic()) > 0:
        request.progress("wait", 1 - left / request.parameters.seconds)
        time.sleep(0.02)
    return Edited(request.pixels, {"engine": "none", "seed": request.parameters.seed})


EDIT = (
    Edit("patient", "give the picture back, after a while", Patience, run),
    Edit("absent", "cannot run", Parameters, run, missing=lambda runtime: "install it with: true"),
)
"""


def encoded(kind: str) -> str:
    return base64.b64encode(png(kind)).decode()


def body(**more: Any) -> dict[str, Any]:
    """A good request; `more` is added or replaces what is there."""
    return {"edit": "erase", "image": encoded("photo"), "mask": encoded("mask"), **more}


class Client(BaseClient):
    """With a good key unless told otherwise."""

    headers = BEARER

    def ended(self, edit_id: str, **headers: str) -> Any:
        """The edit once it has ended."""
        deadline_s = time.monotonic() + 20
        while (edit := self.get(f"{EDITS}/{edit_id}", headers=headers).json())["state"] not in ENDED:
            assert time.monotonic() < deadline_s, edit
            time.sleep(0.02)
        return edit


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "native_test_edits.py").write_text(_PLUGIN)
    return folder


@pytest.fixture(scope="session")
def running(plugins: Path) -> Callable[..., Any]:
    """Runs a whole server on a data directory; gives a client."""

    @contextmanager
    def run(data: Path, **more: Any) -> Iterator[Client]:
        settings = settings_for(data, **{"plugins": plugins, **more})
        app = build(settings.model_copy(update={"api_keys": (KEY, TEST_KEY)}))
        with served(app, lifespan="on") as base, Client.opened(base) as client:
            yield client

    return run


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, plugins: Path) -> Starlette:
    """Without a worker: accepted edits stay queued. No model is pulled."""
    folder = tmp_path_factory.mktemp("native")
    models = folder / "models"
    return build(settings_for(folder, plugins=plugins, sync_timeout_s=0.1, offline=True, models=models))


@pytest.fixture(scope="module")
def admin_key(app: Starlette) -> str:
    """One that is not the only one."""
    app.state.services.access.create("another", admin=True)
    return str(app.state.services.access.create("boss", admin=True)[1])


@pytest.fixture(scope="module")
def client(app: Starlette) -> Iterator[Client]:
    """Of that server."""
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        yield client
    app.state.close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, running: Callable[..., Any]) -> Iterator[Client]:
    """Of a whole server, worker included."""
    with running(tmp_path_factory.mktemp("native-live")) as client:
        yield client


def problem(reply: Any, status: int, code: str) -> Any:
    """The error of a refused request, whose shape is checked."""
    assert reply.status_code == status, reply.text
    found = reply.json()
    assert set(found) == {"error", "request_id"}
    assert found["request_id"] == reply.headers["x-request-id"]
    assert found["error"]["code"] == code
    assert found["error"]["message"]
    return found["error"]
