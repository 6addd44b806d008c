"""Erases what a mask covers, with whatever answers at IOPAINT_URL: written for IOPaint, as many programs are.

    IOPAINT_URL=http://127.0.0.1:8080 python examples/iopaint_client.py photo.jpg mask.png clean.jpg

Cleanplate answers there when it was started with `CLEANPLATE_IOPAINT=on`; the program does not know it.
"""

import base64
import os
import sys
from pathlib import Path
from typing import Any

import requests

IOPAINT_URL = os.environ.get("IOPAINT_URL", "http://127.0.0.1:8080").rstrip("/")
TIMEOUT_S = 120


class IOPaintClient:
    """As much of IOPaint's API as a program that erases needs."""

    def __init__(self, base_url: str = IOPAINT_URL) -> None:
        self.api = f"{base_url}/api/v1"
        self.session = requests.Session()
        self.session.trust_env = False  # it is on this machine, whatever proxy the environment names

    def is_alive(self) -> bool:
        """Whether a server is there."""
        try:
            return self.session.get(f"{self.api}/server-config", timeout=5).ok
        except requests.RequestException:
            return False

    def use_model(self, name: str) -> str:
        """Switch to a model; the name of the one that will work."""
        reply = self.session.post(f"{self.api}/model", json={"name": name}, timeout=TIMEOUT_S)
        reply.raise_for_status()
        return str(reply.json()["name"])

    def inpaint(self, image: bytes, mask: bytes, **fields: Any) -> bytes:
        """The picture without what is white in the mask."""
        sent = {
            "image": base64.b64encode(image).decode(),
            "mask": base64.b64encode(mask).decode(),
            "hd_strategy": "Crop",
            "hd_strategy_crop_trigger_size": 800,
            "hd_strategy_crop_margin": 128,
            **fields,
        }
        reply = self.session.post(f"{self.api}/inpaint", json=sent, timeout=TIMEOUT_S)
        if not reply.ok:
            raise SystemExit(f"{reply.status_code}: {reply.json().get('detail')}")
        print(f"seed {reply.headers.get('X-Seed')}, {reply.headers['Content-Type']}")
        return reply.content


def main() -> None:
    """Read the two files that the command line names, and write the third."""
    photo, mask, result = map(Path, sys.argv[1:4])
    client = IOPaintClient()
    if not client.is_alive():
        raise SystemExit(f"nothing answers at {IOPAINT_URL}")
    print(f"model {client.use_model('lama')}")
    result.write_bytes(client.inpaint(photo.read_bytes(), mask.read_bytes()))


if __name__ == "__main__":
    main()
