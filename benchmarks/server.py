"""What the server adds to an edit, and how many polls it answers."""

import base64
import http.client
import json
import multiprocessing
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from benchmarks import picture, report

KEY = "benchmark-key"
SUBMIT = "/api/v1/services/aigc/image2image/image-synthesis"
HEADERS = {
    "Authorization": f"Bearer {KEY}",
    "X-DashScope-Async": "enable",
    "Content-Type": "application/json",
}
SIDE_PX = 512
SHARE = 0.01
TASKS = 40
POLL_S = 5.0
POLL_EVERY_S = 0.003
"""Often enough to cost the figure 2 ms, rarely enough not to take a core from the work."""
CLIENTS = 4


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    data: Path

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, timeout=60)


@contextmanager
def running() -> Iterator[Server]:
    """A real `cleanplate serve` on a free loopback port."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", data]
        environment = {**os.environ, "CLEANPLATE_API_KEYS": KEY}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout
            address = next(
                found for line in process.stdout if (found := re.search(r"http://([\w.:]+)", line))
            )
            yield Server(address.group(1), Path(data))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None) -> Any:
    connection.request(method, path, body, HEADERS)
    return json.loads(connection.getresponse().read())


def body() -> bytes:
    """The request of one task: a 512 px photo and its mask as data URIs."""

    def uri(array: Any) -> str:
        return "data:image/png;base64," + base64.b64encode(cv2.imencode(".png", array)[1].tobytes()).decode()

    source = {"image_url": uri(picture.photo(SIDE_PX)), "mask_url": uri(picture.mask(SIDE_PX, SHARE))}
    return json.dumps({"model": "image-erase-completion", "input": source}).encode()


def wall_ms(connection: http.client.HTTPConnection, asked: bytes) -> tuple[str, float]:
    """Submit, poll until it ended; task id and milliseconds from the first byte sent."""
    start = time.perf_counter()
    task = ask(connection, "POST", SUBMIT, asked)["output"]["task_id"]
    while (state := ask(connection, "GET", f"/api/v1/tasks/{task}")["output"]["task_status"]) != "SUCCEEDED":
        assert state in ("PENDING", "RUNNING"), state
        time.sleep(POLL_EVERY_S)
    return task, (time.perf_counter() - start) * 1000


def overhead(server: Server, tasks: int) -> dict[str, Any]:
    """Wall time of a task minus the milliseconds its decode, edit and encode took in the worker."""
    asked = body()
    with closing(server.connect()) as connection:
        wall_ms(connection, asked)  # the first one loads the engine
        walls = dict(wall_ms(connection, asked) for _ in range(tasks))
    with closing(sqlite3.connect(server.data / "cleanplate.db")) as database:
        compute = dict(database.execute("SELECT id, compute_ms FROM tasks"))
    added = sorted(wall - compute[task] for task, wall in walls.items())
    return {
        "what": "submit to SUCCEEDED, minus compute",
        "p50": f"{statistics.median(added):.1f} ms",
        "p95": f"{added[int(len(added) * 0.95)]:.1f} ms",
        "of": f"{tasks} tasks, compute p50 {statistics.median(compute.values()):.0f} ms",
    }


def poll(host: str, task: str, seconds: float) -> list[float]:
    """Poll one task over one connection for `seconds`; milliseconds of every answer."""
    times = []
    with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        end = time.perf_counter() + seconds
        while (start := time.perf_counter()) < end:
            assert ask(connection, "GET", f"/api/v1/tasks/{task}")["output"]["task_status"] == "SUCCEEDED"
            times.append((time.perf_counter() - start) * 1000)
    return times


def polls(server: Server, seconds: float) -> dict[str, Any]:
    """Requests a second with the clients on the same cores as the server."""
    with closing(server.connect()) as connection:
        task, _ = wall_ms(connection, body())
    with multiprocessing.get_context("spawn").Pool(CLIENTS) as pool:
        answered = pool.starmap(poll, [(server.host, task, seconds)] * CLIENTS)
    times = sorted(ms for times in answered for ms in times)
    return {
        "what": f"GET /tasks/{{id}}, {CLIENTS} clients",
        "p50": f"{statistics.median(times):.1f} ms",
        "p95": f"{times[int(len(times) * 0.95)]:.1f} ms",
        "of": f"{len(times) / seconds:.0f} requests/s",
    }


def main(*, quick: bool = False) -> None:
    with running() as server:
        rows = [overhead(server, 10 if quick else TASKS), polls(server, 1.0 if quick else POLL_S)]
    print(report.table(("what", "p50", "p95", "of"), rows))
    print(f"\nstored in {report.store('server', rows)}\n")
