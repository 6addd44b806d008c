"""The servers of the DashScope tests, asked as Stability's clients ask."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from tests.api.dashscope.conftest import KEY, Api, api, live, packed_live, png, served, settings_for

from cleanplate.app import build

__all__ = ["api", "live", "packed_live"]

ERASE = "/v2beta/stable-image/edit/erase"
PHOTO = ("photo.png", png("photo"), "image/png")
MASK = ("mask.png", png("mask"), "image/png")


@dataclass(frozen=True)
class Client:
    """One server, with a good key unless told otherwise."""

    base: str
    session: requests.Session

    def post(self, path: str, *, accept: str = "image/*", **options: Any) -> requests.Response:
        return self.session.post(self.base + path, headers={"Accept": accept}, timeout=30, **options)

    def erase(
        self, *, accept: str = "image/*", image: Any = PHOTO, mask: Any = MASK, **data: Any
    ) -> requests.Response:
        """Post a form; None leaves a file out."""
        files = {name: file for name, file in (("image", image), ("mask", mask)) if file is not None}
        return self.post(ERASE, accept=accept, files=files, data=data)


def opened(base: str) -> Iterator[Client]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["authorization"] = f"Bearer {KEY}"
        yield Client(base, session)


@pytest.fixture
def waiting(api: Api) -> Iterator[Client]:
    """At a server that does no work."""
    yield from opened(api.base)


@pytest.fixture
def client(live: str) -> Iterator[Client]:
    """At a whole server, without models that are pulled."""
    yield from opened(live)


@pytest.fixture
def packed(packed_live: str) -> Iterator[Client]:
    """At a whole server that has a model for everything."""
    yield from opened(packed_live)


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
    with requests.Session() as session:
        session.trust_env = False
        session.headers["authorization"] = f"Bearer {secret}"
        yield Client(base, session)
