"""One `Idempotency-Key` makes one task, whichever servers it is sent to, and whichever of them die."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

import pytest
import requests
from tests.api.servers import data_uri, png
from tests.e2e.cluster import Cluster, Host, cluster
from tests.e2e.real_server import wait
from tests.postgres import PostgresServer

LONGEST_S = 60.0


@pytest.fixture
def made(postgres: PostgresServer, tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, postgres.new_database()) as one:
        yield one


def _submit(host: Host, name: str) -> requests.Response:
    body = {"edit": "erase", "image": data_uri(png("photo")), "mask": data_uri(png("mask"))}
    return host.ask("POST", "/v1/edits", json=body, headers={"Idempotency-Key": name})


def _submit_and_wait(host: Host) -> requests.Response:
    """PicWish's submit, which is answered when the task has ended."""
    files = {"image_file": ("a.png", png("photo")), "mask_file": ("b.png", png("mask"))}
    headers = {"Idempotency-Key": "waits", "X-API-KEY": "cluster-key"}
    return host.ask("POST", "/api/tasks/visual/inpaint", files=files, data={"sync": "1"}, headers=headers)


def _tasks(postgres: PostgresServer, made: Cluster) -> int:
    name = made.environment["CLEANPLATE_DATABASE_URL"].rpartition("/")[2]
    return int(postgres.sql("SELECT count(*) FROM tasks", name))


def test_two_servers_that_are_asked_at_once_make_one_task(postgres: PostgresServer, made: Cluster) -> None:
    hosts = made.server(), made.server()
    with ThreadPoolExecutor(8) as pool:
        for name in ("a", "b", "c"):
            asked = [pool.submit(_submit, hosts[number % 2], name) for number in range(8)]
            replies = [future.result(LONGEST_S) for future in asked]
            counts = Counter(reply.status_code for reply in replies)
            assert set(counts) <= {HTTPStatus.ACCEPTED, HTTPStatus.CONFLICT}
            ids = {reply.json()["id"] for reply in replies if reply.status_code == HTTPStatus.ACCEPTED}
            ids |= {_submit(host, name).json()["id"] for host in hosts}
            assert len(ids) == 1
    assert _tasks(postgres, made) == 3


def test_what_a_server_died_over_is_answered_by_another(postgres: PostgresServer, made: Cluster) -> None:
    dies, lives = made.server(), made.server()
    with ThreadPoolExecutor(1) as pool:
        broken: Future[requests.Response] = pool.submit(_submit_and_wait, dies)
        wait(lambda: _tasks(postgres, made) == 1)
        dies.end(signal.SIGKILL)
        assert isinstance(broken.exception(LONGEST_S), requests.ConnectionError)
    made.worker("--concurrency", "1")
    deadline_s = time.monotonic() + LONGEST_S
    while (reply := _submit_and_wait(lives)).status_code == HTTPStatus.CONFLICT:
        assert time.monotonic() < deadline_s, "nobody takes it over"
        time.sleep(0.5)
    assert reply.json()["data"]["state"] == 1, reply.text
    assert _submit_and_wait(lives).headers["idempotent-replayed"] == "true"
    assert _tasks(postgres, made) == 1


def test_a_server_that_answers_slowly_keeps_its_request(postgres: PostgresServer, made: Cluster) -> None:
    slow, other = made.server(), made.server()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_submit_and_wait, slow)
        wait(lambda: _tasks(postgres, made) == 1)
        until_s = time.monotonic() + 14.0
        while time.monotonic() < until_s:
            assert _submit_and_wait(other).status_code == HTTPStatus.CONFLICT
            time.sleep(1.0)
        made.worker("--concurrency", "1")
        assert waiting.result(LONGEST_S).json()["data"]["state"] == 1
    assert _submit_and_wait(other).headers["idempotent-replayed"] == "true"
    assert _tasks(postgres, made) == 1
