"""An edit is watched and cancelled while it runs."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.native.conftest import EDITS, Client, body, problem
from tests.api.servers import served, settings_for

from cleanplate.api import services
from cleanplate.api.native import edit_events
from cleanplate.app import build


def patient(client: Client, seconds: float) -> str:
    """The id of an edit that takes so long."""
    asked = body(edit="patient", mask=None, parameters={"seconds": seconds})
    edit_id: str = client.post(EDITS, json=asked).json()["id"]
    return edit_id


@contextmanager
def watching(client: Client, edit_id: str) -> Iterator[requests.Response]:
    reply = client.get(f"{EDITS}/{edit_id}/events", stream=True)
    try:
        yield reply
    finally:
        reply.close()


def told(reply: requests.Response) -> Iterator[tuple[str, Any]]:
    """Each event as it comes: its name and its data."""
    name = ""
    for line in reply.iter_lines(chunk_size=1, decode_unicode=True):
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def until(client: Client, edit_id: str, state: str) -> None:
    while client.get(f"{EDITS}/{edit_id}").json()["state"] != state:
        time.sleep(0.02)


def test_an_edit_is_watched_to_its_end(live: Client) -> None:
    edit_id = patient(live, 1.2)
    with watching(live, edit_id) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        seen = list(told(reply))
    states = [event["state"] for name, event in seen if name == "state"]
    assert states[-2:] == ["running", "succeeded"]
    assert seen[-1] == ("state", live.get(f"{EDITS}/{edit_id}").json())
    progress = [event["progress"] for name, event in seen if name == "progress"]
    assert progress == sorted(progress)
    assert 0 < progress[-1] < 1


def test_one_that_has_ended_is_told_at_once(live: Client) -> None:
    edit_id = patient(live, 0)
    done = live.ended(edit_id)
    with watching(live, edit_id) as reply:
        assert list(told(reply)) == [("state", done)]


def test_a_running_edit_is_cancelled(live: Client) -> None:
    edit_id = patient(live, 30)
    with watching(live, edit_id) as reply:
        until(live, edit_id, "running")
        asked = live.request("DELETE", f"{EDITS}/{edit_id}")
        assert asked.status_code == 202
        assert (asked.json()["state"], asked.json()["cancelling"]) == ("running", True)
        assert list(told(reply))[-1][1]["state"] == "cancelled"
    again = live.request("DELETE", f"{EDITS}/{edit_id}")
    assert again.status_code == 200
    assert again.json()["state"] == "cancelled"


def test_a_waiting_edit_is_cancelled_at_once(client: Client) -> None:
    edit_id = patient(client, 0)
    reply = client.request("DELETE", f"{EDITS}/{edit_id}")
    assert (reply.status_code, reply.json()["state"]) == (200, "cancelled")


def test_what_has_ended_cannot_be_cancelled(live: Client) -> None:
    edit_id = patient(live, 0)
    live.ended(edit_id)
    problem(live.request("DELETE", f"{EDITS}/{edit_id}"), 409, "conflict")


def test_nothing_to_watch(client: Client) -> None:
    problem(client.get(f"{EDITS}/nothing/events"), 404, "not-found")


def test_the_number_of_streams_is_bounded_and_a_client_that_leaves_frees_its_place(
    tmp_path: Path, running: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # StreamLimit takes its bound when the application is made.
    monkeypatch.setattr(services.StreamLimit.__init__, "__defaults__", (4,))
    with running(tmp_path) as client:
        edit_id = patient(client, 30)
        with watching(client, edit_id) as first, watching(client, edit_id) as second:
            seen = [told(first), told(second)]  # one that is dropped closes its connection
            assert [next(stream)[0] for stream in seen] == ["state", "state"]
            refused = client.get(f"{EDITS}/{edit_id}/events")
            problem(refused, 429, "too-many-streams")
            assert "Retry-After" in refused.headers
        while True:
            with watching(client, edit_id) as third:
                if third.status_code == 200:
                    break
            time.sleep(0.02)
        client.request("DELETE", f"{EDITS}/{edit_id}")


def test_an_account_leaves_streams_to_the_next() -> None:
    limit = services.StreamLimit(8)
    with ExitStack() as held:
        taken = {
            account: [held.enter_context(limit.hold(account)) for _ in range(8)].count(True)
            for account in ("greedy", "second", "third", "fourth", "late")
        }
    assert taken == {"greedy": 4, "second": 2, "third": 1, "fourth": 1, "late": 0}
    with limit.hold("late") as has_place:
        assert has_place


def test_silence_is_broken_now_and_then(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit_events, "HEARTBEAT_S", 0.3)
    with watching(client, patient(client, 0)) as reply:
        lines = reply.iter_lines(chunk_size=1)
        assert next(line for line in lines if line.startswith(b":")) == b": still here"


def test_many_watch_at_once(live: Client) -> None:
    edit_id = patient(live, 0.6)
    ends: list[Any] = []

    def watch() -> None:
        with requests.get(
            f"{live.base}{EDITS}/{edit_id}/events", headers=live.session.headers, stream=True, timeout=10
        ) as reply:
            ends.append(list(told(reply))[-1])

    threads = [threading.Thread(target=watch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [("state", live.get(f"{EDITS}/{edit_id}").json())] * 8


def test_a_server_that_stops_ends_its_streams(tmp_path: Path, plugins: Path) -> None:
    app = build(settings_for(tmp_path, plugins=plugins))
    with (
        served(app, lifespan="off") as base,
        Client.opened(base) as client,
        watching(client, patient(client, 0)) as reply,
    ):
        seen = told(reply)
        assert next(seen)[1]["state"] == "queued"
        app.state.services.closing.set()
        assert list(seen) == []
    app.state.close()
