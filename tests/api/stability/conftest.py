"""The servers of all dialects, asked as Stability's clients ask."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from tests.api.client import Client as BaseClient
from tests.api.servers import BEARER, Api, png, served, settings_for

from cleanplate.app import build

ERASE = "/v2beta/stable-image/edit/erase"
PHOTO = ("photo.png", png("photo"), "image/png")
MASK = ("mask.png", png("mask"), "image/png")


class Client(BaseClient):
    """With a good key unless told otherwise."""

    headers = BEARER

    def post(self, path: str, *, accept: str = "image/*", **options: Any) -> requests.Response:
        return super().post(path, headers={"Accept": accept}, **options)

    def erase(
        self, *, accept: str = "image/*", image: Any = PHOTO, mask: Any = MASK, **data: Any
    ) -> requests.Response:
        """Post a form; None leaves a file out."""
        files = {name: file for name, file in (("image", image), ("mask", mask)) if file is not None}
        return self.post(ERASE, accept=accept, files=files, data=data)


@pytest.fixture
def waiting(api: Api) -> Iterator[Client]:
    """At a server that does no work."""
    with Client.opened(api.base) as client:
        yield client


@pytest.fixture
def client(live: str) -> Iterator[Client]:
    """At a whole server, without models that are pulled."""
    with Client.opened(live) as client:
        yield client


@pytest.fixture
def packed(packed_live: str) -> Iterator[Client]:
    """At a whole server that has a model for everything."""
    with Client.opened(packed_live) as client:
        yield client


@pytest.fixture(scope="module")
def tested_live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Base URL of a whole server, and a key for tests of it."""
    app = build(settings_for(tmp_path_factory.mktemp("tested")))
    with served(app, lifespan="on") as base:
        yield base, str(app.state.services.access.create("client tests", test=True)[1])


@pytest.fixture
def tested(tested_live: tuple[str, str]) -> Iterator[Client]:
    """With a key for tests."""
    base, secret = tested_live
    with Client.opened(base, Authorization=f"Bearer {secret}") as client:
        yield client
