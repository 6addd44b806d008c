"""Servers with IOPaint's API switched on, asked without a key, as its page and its programs do."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests
from numpy.typing import NDArray
from PIL import Image
from tests.api.client import Client as BaseClient
from tests.api.servers import Api, data_uri, png, served, settings_for, waiting
from tests.conftest import PACK

from cleanplate.app import build

INPAINT = "/api/v1/inpaint"


def body(**fields: Any) -> dict[str, Any]:
    """A good request to erase; `fields` are added or replace what is there, None takes away."""
    given = {"image": base64.b64encode(png("photo")).decode(), "mask": data_uri(png("mask")), **fields}
    return {name: value for name, value in given.items() if value is not None}


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def samples(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(opened(data).convert("RGBA"))


class Client(BaseClient):
    """Without a key unless told otherwise."""

    def inpaint(self, **fields: Any) -> requests.Response:
        return self.post(INPAINT, json=body(**fields))

    def painted(self, **fields: Any) -> NDArray[np.uint8]:
        """(H, W, RGBA) of a good result."""
        reply = self.inpaint(**fields)
        assert reply.status_code == 200, reply.text
        return samples(reply.content)

    def use(self, model: str) -> None:
        reply = self.post("/api/v1/model", json={"name": model})
        assert reply.status_code == 200, reply.text


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A whole server with the models of the tests."""
    app = build(settings_for(tmp_path_factory.mktemp("iopaint"), iopaint="on", plugins=PACK))
    with served(app, lifespan="on") as base:
        yield base


@pytest.fixture
def client(live: str) -> Iterator[Client]:
    """At a whole server, with the erase model."""
    with Client.opened(live) as client:
        client.use("cleanplate")
        yield client


@pytest.fixture(scope="module")
def resting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Without a worker: what is accepted stays queued, for a quarter of a second."""
    folder = tmp_path_factory.mktemp("resting")
    with waiting(settings_for(folder, iopaint="on", plugins=PACK, sync_timeout_s=0.25)) as api:
        yield api


@pytest.fixture
def idle(resting: Api) -> Iterator[Client]:
    with Client.opened(resting.base) as client:
        yield client
