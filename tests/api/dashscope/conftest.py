"""The servers of all dialects, asked as DashScope's clients ask."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from tests.api import servers
from tests.api.client import Client as BaseClient
from tests.api.servers import BEARER, data_uri, png

SUBMIT = "/api/v1/services/aigc/image2image/image-synthesis"
MODEL = "image-erase-completion"
HEADERS = {**BEARER, "X-DashScope-Async": "enable"}


def erase_body(*, parameters: Any = None, **inputs: Any) -> dict[str, Any]:
    """A good submit body; `inputs` are added to its `input` or replace what is there."""
    given = {"image_url": data_uri(png("photo")), "mask_url": data_uri(png("mask")), **inputs}
    return {"model": MODEL, "input": given, "parameters": {} if parameters is None else parameters}


class Client(BaseClient):
    """With a good key unless told otherwise."""

    headers = HEADERS

    def submit(self, body: object = None, **headers: str) -> Any:
        """The JSON reply to a submit."""
        return self.post(SUBMIT, json=erase_body() if body is None else body, headers=headers).json()

    def submitted(self, **parameters: Any) -> str:
        """The id of a new task."""
        task_id: str = self.submit(erase_body(parameters=parameters))["output"]["task_id"]
        return task_id

    def polled(self, task_id: str) -> Any:
        """The JSON reply to a poll."""
        return self.get(f"/api/v1/tasks/{task_id}").json()

    def output(self, task_id: str) -> Any:
        return self.polled(task_id)["output"]

    def ended(self, task_id: str) -> Any:
        """The reply to a poll once the task has ended."""
        deadline_s = time.monotonic() + 60
        while (found := self.polled(task_id))["output"]["task_status"] in ("PENDING", "RUNNING"):
            assert time.monotonic() < deadline_s, found
            time.sleep(0.02)
        return found


@dataclass(frozen=True)
class Api(servers.Api):
    client: Client


@contextmanager
def asked(api: servers.Api) -> Iterator[Api]:
    """This server with a client of this dialect."""
    with Client.opened(api.base) as client:
        yield Api(api.base, client, api.services, api.store)


@pytest.fixture(scope="module")
def api(api: servers.Api) -> Iterator[Api]:
    with asked(api) as found:
        yield found


@pytest.fixture(scope="module")
def packed(packed: servers.Api) -> Iterator[Api]:
    with asked(packed) as found:
        yield found


@pytest.fixture(scope="module")
def client(live: str) -> Iterator[Client]:
    """At a whole server."""
    with Client.opened(live) as client:
        yield client


@pytest.fixture(scope="module")
def packed_client(packed_live: str) -> Iterator[Client]:
    """At a whole server with the model pack."""
    with Client.opened(packed_live) as client:
        yield client
