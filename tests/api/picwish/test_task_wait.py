"""`sync=1` when the task does not end in time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.dashscope.conftest import served, settings_for
from tests.api.picwish.conftest import CREATE, DISC, Client, opened, rectangles

from cleanplate.app import build


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[Client]:
    """A server that nobody works in, and that waits a tenth of a second."""
    app = build(settings_for(tmp_path, sync_timeout_s=0.1))
    with served(app, lifespan="off") as base:
        yield from opened(base)
    app.state.close()


def test_too_slow(hurried: Client) -> None:
    reply = hurried.create(data={"sync": "1", "rectangles": rectangles(DISC)})
    assert reply.status_code == 200
    data = reply.json()["data"]
    assert (data["state"], data["state_detail"]) == (-8, "Processing timeout")
    assert "image" not in data
    later = hurried.get(f"{CREATE}/{data['task_id']}").json()["data"]
    assert (later["state"], later["progress"]) == (-8, 0)
