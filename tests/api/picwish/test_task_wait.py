"""`sync=1` when the task does not end in time."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.api.picwish.conftest import CREATE, DISC, Client, file, rectangles
from tests.api.servers import Api, served, settings_for

from cleanplate.app import build
from cleanplate.tasks.task import State, TaskFilter

TIMEOUT_S = 20.0


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[Client]:
    """A server that nobody works in, and that waits a tenth of a second."""
    app = build(settings_for(tmp_path, sync_timeout_s=0.1))
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        yield client
    app.state.close()


def test_too_slow(hurried: Client) -> None:
    reply = hurried.create(data={"sync": "1", "rectangles": rectangles(DISC)})
    assert reply.status_code == 200
    data = reply.json()["data"]
    assert (data["state"], data["state_detail"]) == (-8, "Processing timeout")
    assert "image" not in data
    later = hurried.get(f"{CREATE}/{data['task_id']}").json()["data"]
    assert (later["state"], later["progress"]) == (-8, 0)


def leave(waiting: Client, **told: str) -> None:
    """Ask, and go before there is a reply."""
    headers = {"X-API-KEY": str(waiting.session.headers["X-API-KEY"])}
    data = {"sync": "1", "rectangles": rectangles(DISC), **told}
    with pytest.raises(requests.ReadTimeout):
        files = {"image_file": file("photo")}
        requests.post(waiting.base + CREATE, data=data, files=files, headers=headers, timeout=0.5)


def test_a_client_that_leaves_ends_its_task_unless_somebody_else_is_told(api: Api, waiting: Client) -> None:
    leave(waiting, callback_url="http://h/")
    leave(waiting)
    until = time.monotonic() + TIMEOUT_S
    states: list[State] = []
    while State.CANCELLED not in states:
        assert time.monotonic() < until
        tasks = api.store.page(TaskFilter(dialect="picwish"), page_no=1, page_size=2).tasks
        states = [task.standing.state for task in tasks]
        time.sleep(0.02)
    assert states == [State.CANCELLED, State.QUEUED]
