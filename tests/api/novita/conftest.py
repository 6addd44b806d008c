"""The servers of the DashScope tests, asked by Novita's clients."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from tests.api.dashscope.conftest import KEY, Api, api, data_uri, live, pictures, png

__all__ = ["api", "live", "pictures"]

SUBMIT = "/v3/async/image-eraser"
RESULT = "/v3/async/task-result"
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
        return self.session.post(self.base + path, timeout=60, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.base + path, timeout=10, **options)

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


def opened(base: str) -> Iterator[Client]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {KEY}"
        yield Client(base, session)


@pytest.fixture
def waiting(api: Api) -> Iterator[Client]:
    """At a server whose tasks stay queued."""
    yield from opened(api.base)


@pytest.fixture
def client(live: str) -> Iterator[Client]:
    """At a whole server."""
    yield from opened(live)
