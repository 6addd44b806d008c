"""The servers of all dialects, asked as the vendor's clients ask."""

import time
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import requests
from tests.api.client import Client as BaseClient
from tests.api.servers import KEY, Api, data_uri, png

SUBMIT = "/v1/flux-tools/erase-v1"
RESULT = "/v1/get_result"
TIMEOUT_S = 20.0


def body(**fields: Any) -> dict[str, Any]:
    """A good submit; `fields` are added or replace what is there, None takes away."""
    given = {"image": data_uri(png("photo")), "mask": data_uri(png("mask")), **fields}
    return {name: value for name, value in given.items() if value is not None}


class Client(BaseClient):
    """With a good key unless told otherwise."""

    headers: ClassVar = {"x-key": KEY}

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
