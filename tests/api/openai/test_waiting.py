"""The request waits for its task: not for ever, not for nobody, and not twice."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.openai.conftest import Client, image, mask, refusal
from tests.api.openai.test_edits import submitted
from tests.api.servers import Api, served, settings_for

from cleanplate.api import event_stream, services
from cleanplate.api.openai import image_events, openai_replies
from cleanplate.app import build
from cleanplate.tasks.task import State, TaskFilter

FILES = {"image": ("a.png", image()), "mask": ("b.png", mask())}
TIMEOUT_S = 20.0


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[Client]:
    """A server that nobody works in, and that waits a tenth of a second."""
    app = build(settings_for(tmp_path, sync_timeout_s=0.1))
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        yield client
    app.state.close()


def comes_true(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def count(api: Api) -> int:
    return api.store.page(TaskFilter(dialect="openai"), page_no=1, page_size=1).total


def test_too_slow(hurried: Client) -> None:
    reply = hurried.edit()
    assert refusal(reply) == (504, None, None)
    assert reply.json()["error"]["type"] == "server_error"
    assert reply.headers["x-should-retry"] == "false"  # the SDKs would begin anew, twice


def test_too_slow_in_a_stream(hurried: Client) -> None:
    reply = hurried.edit(stream="true")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.text.startswith(
        'event: error\ndata: {"type":"error","error":{"message":"The edit took longer'
    )


def answered(caplog: pytest.LogCaptureFixture) -> list[int]:
    """The status of each request, as the log has it."""
    return [record.__dict__["status"] for record in caplog.records if record.getMessage() == "answered"]


@pytest.mark.parametrize("stream", ["true", "false"])
def test_a_client_that_leaves_ends_its_task(
    api: Api, waiting: Client, stream: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And no alert is raised by it, which a 5xx would do."""
    caplog.set_level(logging.INFO)
    before = count(api)
    with pytest.raises((requests.ReadTimeout, requests.ConnectionError), match="timed out"):
        requests.post(
            waiting.base + "/v1/images/edits",
            files=FILES,
            data={"prompt": "", "stream": stream},
            headers=dict(waiting.session.headers),
            timeout=0.5,
        )
    comes_true(lambda: count(api) == before + 1)
    comes_true(lambda: submitted(api).standing.state is State.CANCELLED)
    comes_true(lambda: answered(caplog) != [])
    assert answered(caplog) == [200 if stream == "true" else 499]


def test_one_that_will_come_back_does_not(tmp_path: Path) -> None:
    """Its Idempotency-Key says so: what was made meanwhile is what it gets."""
    app = build(settings_for(tmp_path, sync_timeout_s=20))
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        with pytest.raises(requests.ReadTimeout):
            client.session.post(
                base + "/v1/images/edits",
                files=FILES,
                data={"prompt": ""},
                headers={"Idempotency-Key": "k"},
                timeout=0.5,
            )
        wanted = TaskFilter(dialect="openai")
        store: Any = app.state.services.tasks
        (task,) = store.page(wanted, page_no=1, page_size=1).tasks
        assert task.standing.state is State.QUEUED
        store.cancel(task.id)
    app.state.close()


def test_the_same_request_gets_the_same_reply(client: Client) -> None:
    first, second = (client.edit(headers={"Idempotency-Key": "same"}) for _ in range(2))
    assert first.status_code == 200
    assert second.headers["idempotent-replayed"] == "true"
    assert second.content == first.content
    assert second.headers["x-request-id"] == first.headers["x-request-id"]
    other = client.edit(headers={"Idempotency-Key": "same"}, n=2)
    assert refusal(other)[0] == 409


def test_a_stream_is_not_kept(waiting: Client) -> None:
    reply = waiting.edit(headers={"Idempotency-Key": "x"}, stream="true")
    assert refusal(reply) == (400, "unsupported_parameter", "stream")


def test_a_kept_reply_is_bounded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_replies, "MOST_KEPT_BYTES", 1000)
    reply = client.edit(headers={"Idempotency-Key": "large"})
    assert refusal(reply) == (400, "invalid_value", "response_format")
    assert client.edit().status_code == 200
    links = client.edit(headers={"Idempotency-Key": "links"}, response_format="url")
    assert links.status_code == 200


def test_streams_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.StreamLimit.__init__, "__defaults__", (2,))
    app = build(settings_for(tmp_path))
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        asked: dict[str, Any] = {"files": FILES, "data": {"prompt": "", "stream": "true"}, "stream": True}
        with client.post(**asked) as first:
            assert first.status_code == 200
            with client.post(**asked) as refused:
                assert refusal(refused) == (429, "rate_limit_exceeded", None)
                assert refused.headers["retry-after"]
    app.state.close()


def test_a_stream_is_never_silent_for_long(waiting: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_events, "HEARTBEAT_S", 0.05)
    with waiting.post(files=FILES, data={"prompt": "", "stream": "true"}, stream=True) as reply:
        said = next(reply.iter_content(len(event_stream.HEARTBEAT)))
    assert said == event_stream.HEARTBEAT
