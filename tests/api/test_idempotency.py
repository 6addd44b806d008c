"""`Idempotency-Key` on the submit of every dialect that has one."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.dashscope.conftest import HEADERS, SUBMIT, Client, erase_body
from tests.api.servers import KEY, png, served, settings_for

from cleanplate.app import build
from cleanplate.errors import ConnectionLost
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Task

NAME = "Idempotency-Key"


@dataclass(frozen=True)
class Vendor:
    """How to submit to one dialect, and where its reply says which task it made.

    Attributes:
        good: what `requests` is given for a good submit.
        other: the same for another good one.
    """

    path: str
    good: dict[str, Any]
    other: dict[str, Any]
    task_id: Callable[[Any], str]


_GIVEN = erase_body()["input"]
_NATIVE = {"edit": "erase", "image": _GIVEN["image_url"], "mask": _GIVEN["mask_url"]}
_NOVITA = {"image": _GIVEN["image_url"], "mask": _GIVEN["mask_url"]}
_FILES = {"image_file": ("a.png", png("photo")), "mask_file": ("b.png", png("mask"))}
VENDORS = {
    "dashscope": Vendor(
        SUBMIT,
        {"json": erase_body()},
        {"json": erase_body(parameters={"fast_mode": True})},
        lambda reply: reply["output"]["task_id"],
    ),
    "native": Vendor(
        "/v1/edits", {"json": _NATIVE}, {"json": _NATIVE | {"count": 2}}, lambda reply: reply["id"]
    ),
    "novita": Vendor(
        "/v3/async/image-eraser",
        {"json": _NOVITA},
        {"json": _NOVITA | {"output_format": "png"}},
        lambda reply: reply["task_id"],
    ),
    "bfl": Vendor(
        "/v1/flux-tools/erase-v1",
        {"json": _NOVITA},
        {"json": _NOVITA | {"output_format": "jpeg"}},
        lambda reply: reply["id"],
    ),
    "picwish": Vendor(
        "/api/tasks/visual/inpaint",
        {"files": _FILES, "data": {"sync": "0"}},
        {"files": _FILES, "data": {"sync": "0", "return_type": "1"}},
        lambda reply: reply["data"]["task_id"],
    ),
}


def _every(key: str) -> dict[str, str]:
    """The key wherever one of the vendors looks for it."""
    return {"Authorization": f"Bearer {key}", "X-API-KEY": key, "x-key": key}


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return VENDORS[request.param]


@contextmanager
def running(data: Path, **more: Any) -> Iterator[Client]:
    app = build(settings_for(data, **more))
    with served(app, lifespan="off") as base, Client.opened(base, **_every(KEY)) as client:
        yield client
    app.state.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("idempotency")) as client:
        yield client


def submit(client: Client, vendor: Vendor, key: str, *, other: bool = False) -> requests.Response:
    asked = vendor.other if other else vendor.good
    return client.post(vendor.path, headers={"Idempotency-Key": key}, **asked)


def test_the_same_request_gets_the_same_reply(client: Client, vendor: Vendor) -> None:
    first, second = submit(client, vendor, "a"), submit(client, vendor, "a")
    assert first.ok
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers.get("x-request-id") == first.headers.get("x-request-id")
    assert second.headers.get("location") == first.headers.get("location")


def test_another_key_and_none_make_new_tasks(client: Client, vendor: Vendor) -> None:
    replies = [submit(client, vendor, "b"), submit(client, vendor, "c")]
    replies += [client.post(vendor.path, **vendor.good) for _ in range(2)]
    assert len({vendor.task_id(reply.json()) for reply in replies}) == 4


def test_another_body_is_a_conflict(client: Client, vendor: Vendor) -> None:
    submit(client, vendor, "d")
    reply = submit(client, vendor, "d", other=True)
    assert reply.status_code == 409
    assert "Idempotency-Key" in reply.text
    assert isinstance(reply.json(), dict)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "é"])
def test_an_odd_key_is_refused(client: Client, vendor: Vendor, key: str) -> None:
    reply = client.post(vendor.path, headers={b"Idempotency-Key": key.encode("latin-1")}, **vendor.good)
    assert reply.status_code == 400
    assert "Idempotency-Key" in reply.text


def test_the_longest_key(client: Client, vendor: Vendor) -> None:
    assert submit(client, vendor, "x" * 255).ok


def test_a_refusal_is_not_kept(client: Client, vendor: Vendor) -> None:
    bad = client.post(vendor.path, json={}, headers={"Idempotency-Key": "e"})
    assert bad.status_code in (400, 422)
    assert submit(client, vendor, "e").ok


def test_a_task_whose_commit_nobody_heard_of_is_not_made_twice(
    tmp_path: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert, lose = TaskStore.insert_within, iter([True, False])
    made: list[str] = []

    def insert_and_lose(self: TaskStore, task: Task, *limits: Any, **told: Any) -> Task:
        stored = insert(self, task, *limits, **told)
        made.append(stored.id)
        if next(lose):
            raise ConnectionLost("the server's database is not available")
        return stored

    monkeypatch.setattr(TaskStore, "insert_within", insert_and_lose)
    with running(tmp_path) as client:
        assert submit(client, vendor, "lost").status_code >= 500
        replies = [submit(client, vendor, "lost") for _ in range(2)]
    assert {vendor.task_id(reply.json()) for reply in replies} == {made[0]}
    assert [reply.headers.get("idempotent-replayed") for reply in replies] == [None, "true"]


def test_a_path_has_keys_of_its_own(client: Client) -> None:
    for vendor in VENDORS.values():
        assert "idempotent-replayed" not in submit(client, vendor, "f").headers


def test_a_slash_at_the_end_is_the_same_path(client: Client) -> None:
    first = submit(client, VENDORS["dashscope"], "g")
    second = client.post(SUBMIT + "/", json=erase_body(), headers={"Idempotency-Key": "g"})
    assert second.content == first.content


@pytest.mark.parametrize("order", [("sk-other", KEY), (KEY, "sk-other")])
def test_callers_have_keys_of_their_own(tmp_path: Path, vendor: Vendor, order: tuple[str, str]) -> None:
    with running(tmp_path) as client:
        first = submit(client, vendor, "h")
    app = build(settings_for(tmp_path).model_copy(update={"api_keys": order}))
    with served(app, lifespan="off") as base:
        ids = {
            key: vendor.task_id(
                requests.post(
                    base + vendor.path,
                    **vendor.good,
                    headers={**HEADERS, **_every(key), NAME: "h"},
                    timeout=10,
                ).json()
            )
            for key in order
        }
    app.state.close()
    assert ids[KEY] == vendor.task_id(first.json()), "the same key, wherever it stands in the list"
    assert ids["sk-other"] != ids[KEY]


def test_a_restart_forgets_nothing(tmp_path: Path, vendor: Vendor) -> None:
    with running(tmp_path) as client:
        first = submit(client, vendor, "i")
    with running(tmp_path) as client:
        second = submit(client, vendor, "i")
    assert second.headers["idempotent-replayed"] == "true"
    assert second.content == first.content


def test_only_one_of_many_at_once_is_accepted(client: Client, vendor: Vendor) -> None:
    replies: list[requests.Response] = []

    def send() -> None:
        replies.append(
            requests.post(
                client.base + vendor.path,
                **vendor.good,
                headers={**client.session.headers, "Idempotency-Key": "j"},
                timeout=10,
            )
        )

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = {vendor.task_id(reply.json()) for reply in replies if reply.ok}
    assert len(accepted) == 1
    assert {reply.status_code for reply in replies if not reply.ok} <= {409}


def test_a_body_that_is_too_large(tmp_path: Path, vendor: Vendor) -> None:
    with running(tmp_path) as client:
        reply = client.post(vendor.path, data=b"x" * (21 * 2**20), headers={"Idempotency-Key": "k"})
    assert reply.status_code in (400, 413)
    assert isinstance(reply.json(), dict)
