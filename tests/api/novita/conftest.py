"""The servers of all dialects, asked by Novita's clients."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from tests.api.client import Client as BaseClient
from tests.api.servers import BEARER, Api, data_uri, png

SUBMIT = "/v3/async/image-eraser"
RESULT = "/v3/async/task-result"
TIMEOUT_S = 20.0


def body(**fields: Any) -> dict[str, Any]:
    """A good submit; `fields` are added or replace what is there, None takes away."""
    given = {"image": data_uri(png("photo")), "mask": data_uri(png("mask")), **fields}
    return {name: value for name, value in given.items() if value is not None}


class Client(BaseClient):
    """With a good key unless told otherwise."""

    headers = BEARER

    def submit(self, **fields: Any) -> requests.Response:
        return self.post(SUBMIT, json=body(**fields))

    def result(self, task_id: str) -> Any:
        return self.get(RESULT, params={"task_id": task_id}).json()

    def finished(self, task_id: str) -> Any:
        """The reply of `task-result` once the task has ended."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while (found := self.result(task_id))["task"]["status"] not in (
            "TASK_STATUS_SUCCEED",
            "TASK_STATUS_FAILED",
        ):
            assert time.monotonic() < deadline_s, found
            time.sleep(0.02)
        return found

    def erased(self, **fields: Any) -> Any:
        """Submit and wait for the end."""
        reply = self.submit(**fields)
        assert reply.status_code == 200, reply.text
        return self.finished(reply.json()["task_id"])


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
