"""The servers of all dialects, asked as PicWish's clients ask."""

import json
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import requests
from tests.api.client import Client as BaseClient
from tests.api.servers import KEY, Api, png

CREATE = "/api/tasks/visual/inpaint"
TIMEOUT_S = 20.0
DISC = {"x": 28, "y": 18, "width": 25, "height": 25}


def file(kind: str, *size: int) -> tuple[str, bytes, str]:
    """A file part. Its name and type say nothing true: they are not to be trusted."""
    return "org", png(kind, *size), "application/octet-stream"


def rectangles(*given: Any) -> str:
    return json.dumps(list(given))


class Client(BaseClient):
    """With a good key unless told otherwise."""

    headers: ClassVar = {"X-API-KEY": KEY}

    def create(self, *, image: bool = True, **options: Any) -> requests.Response:
        """Post a form; with `image` it has the photo as a file."""
        files = {"image_file": file("photo")} if image else {}
        files |= options.pop("files", {})
        return self.post(CREATE, files=files or None, **options)

    def done(self, **fields: Any) -> Any:
        """Post a form that waits for its end; the reply's `data`."""
        reply = self.create(data={"sync": "1", **fields})
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]

    def finished(self, task_id: str) -> Any:
        """The `data` of a query once the task has ended; until then it says that it is at work."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while (data := self.get(f"{CREATE}/{task_id}").json()["data"])["state"] == 4:
            assert data["state_detail"] == "Processing"
            assert data["progress"] < 100
            assert "image" not in data
            assert time.monotonic() < deadline_s, data
            time.sleep(0.02)
        return data


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
