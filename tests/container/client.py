"""A client beside the server of `try_it.py`, in its network: one erase by the native API, looked at.

`python client.py KEY`: the server is at 127.0.0.1:8080.
"""

import base64
import json
import sys
import time
from io import BytesIO
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import numpy as np
from PIL import Image

SERVER = "http://127.0.0.1:8080"
TIMEOUT_S = 120
SIDE_PX = 256
HOLE = np.s_[96:160, 96:160]
OPEN = build_opener(ProxyHandler({})).open


def call(key: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request; what the reply says."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{SERVER}{path}", data, {"Authorization": f"Bearer {key}"})
    with OPEN(request, timeout=30) as answer:
        return dict(json.load(answer))


def encoded(pixels: np.ndarray[Any, Any]) -> dict[str, str]:
    """A picture in a request."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"base64": base64.b64encode(file.getvalue()).decode()}


def erased(key: str, picture: np.ndarray[Any, Any], mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What the server makes of it."""
    edit = call(key, "/v1/edits", {"edit": "erase", "image": encoded(picture), "mask": encoded(mask)})
    end = time.monotonic() + TIMEOUT_S
    while edit["state"] in ("queued", "running") and time.monotonic() < end:
        time.sleep(0.1)
        edit = call(key, f"/v1/edits/{edit['id']}")
    if edit["state"] != "succeeded":
        sys.exit(f"the edit: {edit}")
    with OPEN(edit["results"][0]["url"], timeout=30) as answer:
        return np.asarray(Image.open(BytesIO(answer.read())).convert("RGB"))


def main() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(90, 130, (SIDE_PX, SIDE_PX, 3)).astype(np.uint8)
    picture[HOLE] = (255, 0, 0)
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    mask[HOLE] = 255
    start = time.monotonic()
    result = erased(sys.argv[1], picture, mask)
    took_s = time.monotonic() - start
    if (result[HOLE].astype(int)[..., 0] > 200).any():
        sys.exit("the square is still there")
    if not np.array_equal(result[:64], picture[:64]):
        sys.exit("the result differs far from the hole")
    print(f"ok  one erase by HTTP: {took_s:.2f} s")


if __name__ == "__main__":
    main()
