"""`kill -9` at any moment: every accepted task ends, once, with the right picture."""

import io
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import requests
from numpy.typing import NDArray
from PIL import Image

from cleanplate import erase

KEY = "e2e-key"
SIDE_PX = 512
BATCHES = (17, 17, 16)
"""Fifty tasks; the server is killed once after each batch."""
TIMEOUT_S = 240


class Server:
    """`cleanplate serve` in a process that can be killed and started again on the same data."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._environment = {
            **os.environ,
            "CLEANPLATE_API_KEYS": KEY,
            "CLEANPLATE_DEFAULT_LABEL": "off",
            "CLEANPLATE_SHUTDOWN_GRACE_S": "10",
        }
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", str(self._data)]
        self.process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        found = next(m for line in self.process.stdout if (m := re.search(r"http://[\w.:]+", line)))
        self.root = found.group()

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(60)
        assert self.process.stdout
        self.process.stdout.close()

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {KEY}", "X-DashScope-Async": "enable"}
        answer = requests.request(
            method, self.root + "/api/v1" + path, json=body, headers=headers, timeout=30
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def photo(number: int) -> NDArray[np.uint8]:
    """Soft noise, different for each task, so that a mixed-up result cannot pass."""
    coarse = np.random.default_rng(number).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC))


def mask(number: int) -> NDArray[np.uint8]:
    flags = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    flags[100 + number : 140 + number, 200:240] = 255
    return flags


def data_uri(array: NDArray[np.uint8]) -> str:
    import base64

    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def submit(server: Server, number: int) -> str:
    source = {"image_url": data_uri(photo(number)), "mask_url": data_uri(mask(number))}
    body = {"model": "image-erase-completion", "input": source}
    answer = server.call("POST", "/services/aigc/image2image/image-synthesis", body)
    return str(answer["output"]["task_id"])


def wait(server: Server, tasks: list[str]) -> list[dict[str, Any]]:
    end = time.monotonic() + TIMEOUT_S
    outputs: list[dict[str, Any]] = []
    for task in tasks:
        while (output := server.call("GET", f"/tasks/{task}")["output"])["task_status"] in (
            "PENDING",
            "RUNNING",
        ):
            assert time.monotonic() < end, f"{task} is stuck: {output}"
            time.sleep(0.1)
        outputs.append(output)
    return outputs


def test_fifty_tasks_survive_three_kills(tmp_path: Path) -> None:
    server = Server(tmp_path)
    tasks: list[str] = []
    moment = random.Random(3)
    for count in BATCHES:
        tasks += [submit(server, len(tasks) + i) for i in range(count)]
        time.sleep(moment.uniform(0, 1))
        server.end(signal.SIGKILL)
        server.start()
    try:
        outputs = wait(server, tasks)
        assert [output["task_status"] for output in outputs] == ["SUCCEEDED"] * sum(BATCHES)
        for number, output in enumerate(outputs):
            answer = requests.get(output["output_image_url"], timeout=30)
            got = np.asarray(Image.open(io.BytesIO(answer.content)))
            wanted = erase(photo(number), mask(number)).array()
            assert (got == wanted).all(), f"task {number} has another picture"
        for task in tasks:
            assert len(list((tmp_path / "objects" / "results" / task).iterdir())) == 1, (
                f"{task} has two results"
            )
    finally:
        server.end(signal.SIGTERM)


def test_sigterm_loses_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path)
    tasks = [submit(server, number) for number in range(8)]
    server.end(signal.SIGTERM)
    assert server.process.returncode == -signal.SIGTERM  # it shut down and then let the signal have its way
    server.start()
    try:
        assert {output["task_status"] for output in wait(server, tasks)} == {"SUCCEEDED"}
    finally:
        server.end(signal.SIGTERM)
