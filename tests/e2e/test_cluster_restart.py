"""A Postgres that restarts for longer than a submit waits: polls are answered, and no task is made twice."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

import pytest
import requests
from tests.api.servers import png
from tests.api.vendors import BFL, DASHSCOPE, NATIVE, NOVITA, PHOTO, PICWISH, VENDORS, Vendor
from tests.e2e.cluster import KEY, Cluster, Host, cluster
from tests.e2e.real_server import wait
from tests.postgres import PostgresServer, postgres_server

AWAY_S = 6.0
"""Longer than the threads of `database.reach` wait, which is 4 s."""
LONGEST_S = 60.0
CODES = {
    DASHSCOPE.name: "ModelUnavailable",
    NOVITA.name: "SERVICE_NOT_AVAILABLE",
    PICWISH.name: "503",
    NATIVE.name: "storage-failed",
    BFL.name: "Service Unavailable",
}


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """One of its own: it is stopped."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def made(server: PostgresServer, tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, server.new_database()) as one:
        yield one


def _stored_key(made: Cluster) -> str:
    ended = made.run("keys", "create", "--name", "stored", "--data", str(made.folder / "keys"))
    return next(word for word in ended.stdout.split() if word.startswith("cp-"))


def _submit(host: Host, vendor: Vendor, secret: str) -> requests.Response:
    return host.ask("POST", vendor.path, headers=vendor.key(secret), **vendor.body(PHOTO))


def _count(made: Cluster, server: PostgresServer) -> int:
    name = made.environment["CLEANPLATE_DATABASE_URL"].rpartition("/")[2]
    return int(server.sql("SELECT count(*) FROM tasks", name))


def test_every_poll_is_answered_and_every_submit_is_refused_in_words(
    made: Cluster, server: PostgresServer
) -> None:
    host = made.server()
    stored = _stored_key(made)  # looked up in the database
    ids = {
        (vendor.name, secret): vendor.task_id(_submit(host, vendor, secret).json())
        for vendor in VENDORS
        for secret in (KEY, stored)
    }
    before = _count(made, server)
    server.stop()
    with ThreadPoolExecutor(100) as pool:
        polls = [
            pool.submit(host.ask, "GET", vendor.poll(ids[vendor.name, secret]), headers=vendor.key(secret))
            for vendor in VENDORS
            for secret in (KEY, stored)
            for _ in range(8)
        ]
        submits = [pool.submit(_submit, host, vendor, KEY) for vendor in VENDORS]
        time.sleep(AWAY_S)
        assert not any(poll.done() for poll in polls)
        server.start()
        assert {poll.result(LONGEST_S).status_code for poll in polls} == {HTTPStatus.OK}
        for vendor, submit in zip(VENDORS, submits, strict=True):
            assert submit.result(LONGEST_S).status_code == HTTPStatus.SERVICE_UNAVAILABLE
            assert vendor.code(submit.result().json()) == CODES[vendor.name]
    assert _count(made, server) == before
    assert _submit(host, NATIVE, KEY).status_code == HTTPStatus.ACCEPTED


def test_who_waits_for_a_result_gets_it_and_a_worker_that_starts_goes_on(
    made: Cluster, server: PostgresServer
) -> None:
    host = made.server()
    files = {"image_file": ("a.png", png("photo")), "mask_file": ("b.png", png("mask"))}
    with ThreadPoolExecutor(1) as pool:
        waits: Future[requests.Response] = pool.submit(
            host.ask,
            "POST",
            "/api/tasks/visual/inpaint",
            files=files,
            data={"sync": "1"},
            headers={"X-API-KEY": KEY},
        )
        wait(lambda: _count(made, server) == 1)
        worker = made.worker("--concurrency", "1")  # it loads its models, and finds no database then
        server.stop("immediate")
        time.sleep(AWAY_S)
        server.start()
        assert waits.result(LONGEST_S).json()["data"]["state"] == 1
        assert worker.process.poll() is None
    assert _count(made, server) == 1
