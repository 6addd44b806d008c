"""`make demo`: start a server, erase the dandelion from the example photo as a DashScope client would, stop.

The client part uses the standard library only, to show the whole conversation. Everything goes to `demo/`.
"""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from PIL import Image

HERE = Path(__file__).parent
OUT = HERE.parent / "demo"
START_TIMEOUT_S = 60
EDIT_TIMEOUT_S = 120


class Server:
    """A `cleanplate serve` on a free port, with its data in a temporary folder."""

    def __init__(self, data: str) -> None:
        self.key = "demo-" + os.urandom(8).hex()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", data],
            env={**os.environ, "CLEANPLATE_API_KEYS": self.key},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.address = self._read_address()

    def _read_address(self) -> str:
        assert self._process.stdout
        for line in self._process.stdout:
            if found := re.search(r"http://[\w.:\[\]]+", line):
                return found.group()
        raise SystemExit("demo: the server did not start; its reason is above")

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)


def data_uri(path: Path) -> str:
    return "data:;base64," + base64.b64encode(path.read_bytes()).decode()


def call(server: Server, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request with the headers that the vendor's documentation shows."""
    request = Request(
        f"{server.address}/api/v1{path}",
        data=json.dumps(body).encode() if body else None,
        headers={
            "Authorization": f"Bearer {server.key}",
            "Content-Type": "application/json",
            "X-DashScope-Async": "enable",
        },
    )
    with urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))


def erase(server: Server, photo: Path, mask: Path) -> bytes:
    """Submit, poll, download."""
    body = {
        "model": "image-erase-completion",
        "input": {"image_url": data_uri(photo), "mask_url": data_uri(mask)},
        "parameters": {"add_watermark": False},
    }
    task = call(server, "/services/aigc/image2image/image-synthesis", body)["output"]["task_id"]
    end = time.monotonic() + EDIT_TIMEOUT_S
    while time.monotonic() < end:
        output = call(server, f"/tasks/{task}")["output"]
        if output["task_status"] == "SUCCEEDED":
            with urlopen(output["output_image_url"], timeout=30) as answer:
                return bytes(answer.read())
        if output["task_status"] not in ("PENDING", "RUNNING"):
            raise SystemExit(f"demo: the task ended {output['task_status']}: {output.get('message', '')}")
        time.sleep(0.05)
    raise SystemExit(f"demo: no result after {EDIT_TIMEOUT_S} s")


def side_by_side(before: Path, after: Path, target: Path) -> None:
    with Image.open(before) as left, Image.open(after) as right:
        both = Image.new("RGB", (left.width + right.width + 8, left.height), "white")
        both.paste(left, (0, 0))
        both.paste(right, (left.width + 8, 0))
        both.save(target)


def main() -> None:
    OUT.mkdir(exist_ok=True)
    photo, clean, both = HERE / "meadow.jpg", OUT / "clean.png", OUT / "before-after.png"
    with tempfile.TemporaryDirectory() as data, Server(data) as server:
        print(f"server   {server.address}")
        start = time.monotonic()
        clean.write_bytes(erase(server, photo, HERE / "meadow-mask.png"))
        took_s = time.monotonic() - start
    side_by_side(photo, clean, both)
    print(f"edit     {took_s:.2f} s, from submit to the downloaded result")
    print(f"result   {clean}")
    print(f"compare  {both}")


if __name__ == "__main__":
    main()
