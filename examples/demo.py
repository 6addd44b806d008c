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
from typing import Any, NamedTuple
from urllib.request import ProxyHandler, Request, build_opener

from PIL import Image

HERE = Path(__file__).parent
PHOTO, MASK = HERE / "meadow.jpg", HERE / "meadow-mask.png"
OUT = HERE.parent / "demo"
EDIT_TIMEOUT_S = 120

_open = build_opener(
    ProxyHandler({})
).open  # the server is on this machine, whatever proxy the environment names


class Account(NamedTuple):
    """All that a client has to know."""

    address: str
    key: str


class Server:
    """A `cleanplate serve` on a free port, with its data in a temporary folder."""

    def __init__(self, data: str) -> None:
        key = new_key()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", data],
            env={**os.environ, "CLEANPLATE_API_KEYS": key},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.account = Account(self._read_address(), key)

    def _read_address(self) -> str:
        assert self._process.stdout
        for line in self._process.stdout:
            if found := re.search(r"http://[\w.:\[\]]+", line):
                return found.group()
        raise SystemExit("demo: the server did not start; its reason is above")

    def __enter__(self) -> Account:
        return self.account

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)


def new_key() -> str:
    return "demo-" + os.urandom(8).hex()


def data_uri(path: Path) -> str:
    return "data:;base64," + base64.b64encode(path.read_bytes()).decode()


def call(account: Account, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request with the headers that the vendor's documentation shows."""
    request = Request(
        f"{account.address}/api/v1{path}",
        data=json.dumps(body).encode() if body else None,
        headers={
            "Authorization": f"Bearer {account.key}",
            "Content-Type": "application/json",
            "X-DashScope-Async": "enable",
        },
    )
    with _open(request, timeout=30) as answer:
        return dict(json.load(answer))


def submit(account: Account) -> str:
    """Ask for the example photo without its dandelion; the task's id."""
    body = {
        "model": "image-erase-completion",
        "input": {"image_url": data_uri(PHOTO), "mask_url": data_uri(MASK)},
        "parameters": {"add_watermark": False},
    }
    return str(call(account, "/services/aigc/image2image/image-synthesis", body)["output"]["task_id"])


def download(account: Account, task: str) -> bytes:
    """Poll until the task has ended, and get its picture."""
    end = time.monotonic() + EDIT_TIMEOUT_S
    while time.monotonic() < end:
        output = call(account, f"/tasks/{task}")["output"]
        if output["task_status"] == "SUCCEEDED":
            with _open(output["output_image_url"], timeout=30) as answer:
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
    clean, both = OUT / "clean.png", OUT / "before-after.png"
    with tempfile.TemporaryDirectory() as data, Server(data) as account:
        print(f"server   {account.address}")
        start = time.monotonic()
        clean.write_bytes(download(account, submit(account)))
        took_s = time.monotonic() - start
    side_by_side(PHOTO, clean, both)
    print(f"edit     {took_s:.2f} s, from submit to the downloaded result")
    print(f"result   {clean}")
    print(f"compare  {both}")


if __name__ == "__main__":
    main()
