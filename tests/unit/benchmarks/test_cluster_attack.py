"""The attack on a cluster: what it plans, how its proxy passes on, and what it takes for lost."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from tests.postgres import free_port
from tests.s3_server import direct

from benchmarks.chaos.cluster_clients import KINDS, files
from benchmarks.chaos.cluster_count import why_lost
from benchmarks.chaos.cluster_faults import EVERY_S, schedule
from benchmarks.chaos.failover_proxy import failover_proxy


@contextmanager
def host(name: str, *, dies: bool = False) -> Iterator[tuple[int, list[str]]]:
    """The port of one that says its name, or closes without a word; and what it was asked."""
    asked: list[str] = []

    class Told(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if dies:
                self.close_connection = True
                return
            self.send_response(202)
            self.send_header("Content-Length", str(len(name)))
            self.end_headers()
            self.wfile.write(name.encode())

        do_POST = do_GET  # noqa: N815 - its name there

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Told) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port, asked
        finally:
            server.shutdown()
            thread.join()


def test_a_host_that_is_away_is_passed_over() -> None:
    with host("lives") as (port, asked), failover_proxy([free_port(), port]) as proxy:
        for method in ("GET", "POST"):
            for _ in range(2):  # one begins with each host
                reply = direct(method, f"{proxy}/v1/edits?page=1", data=b"body" if method == "POST" else None)
                assert (reply.status_code, reply.text) == (202, "lives")
    assert asked == ["GET /v1/edits?page=1"] * 2 + ["POST /v1/edits?page=1"] * 2


def test_a_host_that_dies_over_a_request_is_passed_over_by_what_reads_alone() -> None:
    with (
        host("dies", dies=True) as (dying, tried),
        host("lives") as (port, asked),
        failover_proxy([dying, port]) as proxy,
    ):
        assert [direct("GET", f"{proxy}/a").status_code for _ in range(2)] == [202, 202]
        assert sorted(direct("POST", f"{proxy}/b", data=b"b").status_code for _ in range(2)) == [202, 502]
    assert (tried.count("POST /b"), asked.count("POST /b")) == (1, 1)


def test_nobody_is_there() -> None:
    with failover_proxy([free_port(), free_port()]) as proxy:
        assert direct("GET", f"{proxy}/a").status_code == 502


@pytest.mark.parametrize("seconds", [20.0, 480.0])
def test_each_fault_happens_as_often_as_planned(seconds: float) -> None:
    planned = schedule(seconds, random.Random(1))
    assert planned == schedule(seconds, random.Random(1)) != schedule(seconds, random.Random(2))
    assert planned == sorted(planned)
    assert all(0 < at_s < seconds for at_s, _ in planned)
    for name, every_s in EVERY_S.items():
        assert sum(name == one for _, one in planned) == max(1, round(seconds / every_s))


def test_every_kind_of_client_has_its_share() -> None:
    assert {KINDS.count(kind) for kind in ("dashscope", "novita", "picwish")} == {1}
    shapes = set()
    for number in range(20):
        photo, hole = (cv2.imdecode(np.frombuffer(data, np.uint8), 1) for data in files(number))
        assert photo is not None
        assert hole is not None
        assert photo.shape == hole.shape
        assert 0 < (hole > 0).mean() < 0.5
        shapes.add(photo.shape)
    assert len(shapes) > 10


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (None, "no row"),
        (["running", "", ""], "running"),
        (["failed", "", "storage-failed"], "failed storage-failed"),
        (["succeeded", "results/a/2/a-1.png", ""], "no picture"),
        (["succeeded", "results/a/1/a-1.png", ""], ""),
    ],
)
def test_what_is_lost(row: list[str] | None, why: str) -> None:
    assert why_lost("a", row, {"results/a/1/a-1.png"}).removeprefix("a: ").strip() == why
