"""The servers of all dialects, asked as OpenAI's clients ask."""

import base64
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import requests
from numpy.typing import NDArray
from PIL import Image
from tests.api.client import Client as BaseClient
from tests.api.servers import BEARER, Api

EDITS: Final = "/v1/images/edits"
SIDE: Final = 1024
MEADOW: Final = Path(__file__).parents[3] / "examples" / "meadow.jpg"
Array = NDArray[np.uint8]


@cache
def photo(side: int = 160) -> Array:
    """(side, side, 3), a photograph."""
    return np.asarray(Image.open(MEADOW).convert("RGB").resize((side, side)))


@cache
def hole(side: int = 160) -> NDArray[np.bool_]:
    """(side, side), True where it is to be edited: a disc, left of the middle."""
    y, x = np.ogrid[:side, :side]
    return np.asarray((x - side * 0.4) ** 2 + (y - side * 0.5) ** 2 < (side * 0.15) ** 2)


def saved(array: Array, kind: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, kind, **options)
    return stream.getvalue()


def image(side: int = 160) -> bytes:
    """The photograph as a PNG."""
    return saved(photo(side))


def mask(side: int = 160) -> bytes:
    """As the vendor documents it: black, with alpha 0 where it is to be edited."""
    clear = np.where(hole(side), 0, 255).astype(np.uint8)
    return saved(np.dstack([np.zeros((side, side, 3), np.uint8), clear]))


def grey_mask(side: int = 160) -> bytes:
    """White on black, without alpha."""
    return saved(np.where(hole(side), 255, 0).astype(np.uint8))


def with_hole(side: int = 160) -> bytes:
    """The photograph, transparent where it is to be edited, and red under that."""
    rgb = np.where(hole(side)[..., None], np.array([255, 0, 0], np.uint8), photo(side))
    return saved(np.dstack([rgb, np.where(hole(side), 0, 255).astype(np.uint8)]))


def data_url(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def opened(encoded: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(encoded, validate=True)))


def made(encoded: str) -> Array:
    """(H, W, 3)."""
    return np.asarray(opened(encoded).convert("RGB"))


def changed(encoded: str, side: int = 160) -> tuple[int, int]:
    """How many values of a result differ from the photograph outside the hole, and within it."""
    differs = made(encoded) != photo(side)
    return int(np.count_nonzero(differs[~hole(side)])), int(np.count_nonzero(differs[hole(side)]))


class Client(BaseClient):
    """With a good key unless told otherwise."""

    headers = BEARER

    def post(self, path: str = EDITS, **options: Any) -> requests.Response:
        return super().post(path, **options)

    def edit(
        self, *, files: dict[str, bytes] | None = None, headers: dict[str, str] | None = None, **fields: Any
    ) -> requests.Response:
        """A good form; `files` replace its image and its mask, `fields` are added."""
        sent = {"image": image(), "mask": mask()} if files is None else files
        parts = [(name.partition("#")[0], (f"{name}.png", data)) for name, data in sent.items()]
        return self.post(files=parts, data={"prompt": "remove", **fields}, headers=headers)

    def edited(self, **options: Any) -> Any:
        """The JSON of a good reply."""
        reply = self.edit(**options)
        assert reply.status_code == 200, reply.text
        return reply.json()


def refusal(reply: requests.Response) -> tuple[int, str | None, str | None]:
    """(status, code, parameter) of a reply that has the vendor's shape of an error, and no other."""
    found = reply.json()
    assert set(found) == {"error"}
    assert set(found["error"]) == {"message", "type", "param", "code"}
    assert found["error"]["message"]
    assert found["error"]["type"]
    assert reply.headers["x-request-id"]
    return reply.status_code, found["error"]["code"], found["error"]["param"]


@pytest.fixture
def waiting(api: Api) -> Iterator[Client]:
    """At a server whose tasks stay queued."""
    with Client.opened(api.base) as client:
        yield client


@pytest.fixture
def client(live: str) -> Iterator[Client]:
    """At a whole server."""
    with Client.opened(live) as client:
        yield client


@pytest.fixture
def packed(packed_live: str) -> Iterator[Client]:
    """At a whole server with the model pack."""
    with Client.opened(packed_live) as client:
        yield client
