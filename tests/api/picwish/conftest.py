"""The servers of the DashScope tests, asked as PicWish's clients ask."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from tests.api.dashscope.conftest import KEY, Api, api, live, pictures, png

__all__ = ["api", "live", "pictures"]

CREATE = "/api/tasks/visual/inpaint"
TIMEOUT_S = 20.0
DISC = {"x": 28, "y": 18, "width": 25, "height": 25}


def file(kind: str, *size: int) -> tuple[str, bytes, str]:
    """A file part. Its name and type say nothing true: they are not to be trusted."""
    return "org", png(kind, *size), "application/octet-stream"


def rectangles(*given: Any) -> str:
    return json.dumps(list(given))


@dataclass(frozen=True)
class Client:
    """One server, with a good key unless told otherwise."""

    base: str
    session: requests.Session

    def create(self, *, image: bool = True, **options: Any) -> requests.Response:
        """Post a form; with `image` it has the photo as a file."""
        files = {"image_file": file("photo")} if image else {}
        files |= options.pop("files", {})
        return self.session.post(self.base + CREATE, files=files or None, timeout=60, **options)

    def done(self, **fields: Any) -> Any:
        """Post a form that waits for its end; the reply's `data`."""
        reply = self.create(data={"sync": "1", **fields})
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.base + path, timeout=10)

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


def opened(base: str) -> Iterator[Client]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["X-API-KEY"] = KEY
        yield Client(base, session)


@pytest.fixture
def waiting(api: Api) -> Iterator[Client]:
    """At a server whose tasks stay queued."""
    yield from opened(api.base)


@pytest.fixture
def client(live: str) -> Iterator[Client]:
    """At a whole server."""
    yield from opened(live)
