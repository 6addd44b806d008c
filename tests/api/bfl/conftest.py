"""The servers of the DashScope tests, asked as the vendor's clients ask."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from tests.api.dashscope.conftest import KEY, Api, api, data_uri, live, pictures, png

__all__ = ["api", "live", "pictures"]

SUBMIT = "/v1/flux-tools/erase-v1"
RESULT = "/v1/get_result"
TIMEOUT_S = 20.0


def body(**fields: Any) -> dict[str, Any]:
    """A good submit; `fields` are added or replace what is there, None takes away."""
    given = {"image": data_uri(png("photo")), "mask": data_uri(png("mask")), **fields}
    return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class Client:
    """One server, with a good key unless told otherwise."""

    base: str
    session: requests.Session

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.session.post(self.base + path, timeout=10, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.base + path, timeout=10, **options)

    def submit(self, **fields: Any) -> requests.Response:
        return self.post(SUBMIT, json=body(**fields))

    def result(self, task_id: str) -> Any:
        return self.get(RESULT, params={"id": task_id}).json()

    def erased(self, **fields: Any) -> Any:
        """Submit and wait for the end: the reply of `get_result` then."""
        reply = self.submit(**fields)
        assert reply.status_code == 200, reply.text
        deadline_s = time.monotonic() + TIMEOUT_S
        while (found := self.session.get(reply.json()["polling_url"], timeout=10).json())[
            "status"
        ] == "Pending":
            assert time.monotonic() < deadline_s, found
            time.sleep(0.02)
        return found


def opened(base: str) -> Iterator[Client]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["x-key"] = KEY
        yield Client(base, session)


@pytest.fixture
def waiting(api: Api) -> Iterator[Client]:
    """At a server whose tasks stay queued."""
    yield from opened(api.base)


@pytest.fixture
def client(live: str) -> Iterator[Client]:
    """At a whole server."""
    yield from opened(live)
