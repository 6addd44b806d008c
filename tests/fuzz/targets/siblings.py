"""Whole requests to the editors beside each vendor's first: no fault of ours, and the vendor's own shape.

The key is one for tests, so that no model is missing; nobody works, so that what waits is told that it took
too long: the vendors have a 500 for that, which is no fault here.
"""

import atexit
import base64
import json
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.fuzz.picture_files import saved
from tests.fuzz.target import Target
from tests.fuzz.targets.dialects import WORDS, request, right_length
from tests.fuzz.wire import Wire

from cleanplate.app import build
from cleanplate.settings import Settings

_KEY: Final = "test-fuzz"
_BREAK: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_FORM: Final = "multipart/form-data; boundary=b"
_DASHSCOPE: Final = "/api/v1/services/aigc/"
_PICWISH: Final = "/api/tasks/visual/"
_LATE: Final = (b"InternalError.Timeout", b"The task took too long")
"""What a vendor says with status 500 where nobody works."""


class _Patient(Wire):
    """One for which the vendors' word for a wait in vain is no fault."""

    def explained(self, written: bytes) -> bool:
        return any(word in written for word in _LATE)


@cache
def _wire() -> Wire:
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    settings = Settings(
        data=Path(folder.name),
        api_keys=(_KEY,),
        sqlite_synchronous="NORMAL",
        sync_timeout_s=0.01,
        max_queue_wait_s=7 * 86400,
    )
    app = build(settings)
    atexit.register(app.state.close)
    return _Patient(app, settings)


def run(data: bytes) -> str:
    """Send it, look at the reply where the head of the request is as it was, and leave."""
    written = _wire().replies([data])
    head, _, rest = written.partition(_BREAK)
    if not head:
        return "none"
    status = int(head.split(b" ", 2)[1])
    if _head(data) in _heads() and b"application/json" in head.lower():
        size = int(next(_LENGTH.finditer(head))[1])  # what came behind the request has a reply of its own
        _check(data.split(b" ", 2)[1].decode(), status, json.loads(rest[:size]))
    return f"{status}"


def _head(data: bytes) -> frozenset[bytes]:
    """The lines of the head, without the length."""
    lines = data.partition(_BREAK)[0].split(b"\r\n")
    return frozenset(line for line in lines if not line.startswith(b"Content-Length: "))


@cache
def _heads() -> frozenset[frozenset[bytes]]:
    return frozenset(map(_head, _seeds().values()))


def _check(path: str, status: int, reply: Any) -> None:
    names = set(reply)
    if path.startswith(_DASHSCOPE):
        good = {"request_id", "output"} if status == 200 else {"request_id", "code", "message"}
        assert good <= names, reply
    elif path.startswith(_PICWISH):
        assert names == ({"status", "message", "data"} if status == 200 else {"status", "message"}), reply
        assert reply["status"] == status
    elif status == 200:
        assert names in ({"task_id"}, {"image_file", "image_type"}), reply
    else:
        assert names == {"code", "reason", "message", "metadata"}, reply
        assert reply["code"] == status


def _seeds() -> Mapping[str, bytes]:
    picture = base64.b64encode(saved("PNG")).decode()
    uri = "data:image/png;base64," + picture
    out = {"angle": 45, "x_scale": 1.5, "left_offset": 9, "output_ratio": "4:3", "limit_image_size": True}
    turn = {"role": "user", "content": [{"image": uri}, {"text": "雪"}]}
    inpainting = {"model_name": "a", "image_base64": picture, "mask_image_base64": picture, "prompt": "a"}
    knobs = {"image_num": 1, "seed": -1, "mask_blur": 1, "strength": 1, "loras": None}
    larger = {"image_file": picture, "prompt": "a", "width": 64, "height": "64", "center_x": 0}
    part = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n--b\r\n'
    form = "--b\r\n" + part.format("sync", 1) + part.format("scale_factor", 2) + part.format("return_type", 3)
    file = b'Content-Disposition: form-data; name="image_file"\r\n\r\n'
    return {
        "out-painting": _post(
            _DASHSCOPE + "image2image/out-painting",
            {"model": "image-out-painting", "input": {"image_url": uri}, "parameters": out},
            X_DashScope_Async="enable",
        ),
        "qwen": _post(
            _DASHSCOPE + "multimodal-generation/generation",
            {
                "model": "qwen-image-edit-plus",
                "input": {"messages": [turn]},
                "parameters": {"n": 2, "size": "512*512"},
            },
        ),
        "wan": _post(
            _DASHSCOPE + "image2image/image-synthesis",
            {
                "model": "wan2.5-i2i-preview",
                "input": {"prompt": "a", "images": [uri]},
                "parameters": {"n": 1},
            },
            X_DashScope_Async="enable",
        ),
        "segmentation": _post(
            _DASHSCOPE + "image2image/image-synthesis",
            {"model": "image-instance-segmentation", "input": {"image_url": uri}, "parameters": {}},
            X_DashScope_Async="enable",
        ),
        "remove text": _post("/v3/remove-text", {"image_file": picture, "extra": {}}),
        "outpainting": _post("/v3/outpainting", larger),
        "inpainting": _post("/v3/async/inpainting", {"request": {**inpainting, **knobs}}),
        "upscale": _post(
            "/v3/async/upscale",
            {"request": {"model_name": "4x-UltraSharp", "image_base64": picture, "scale_factor": 2}},
        ),
        "scale": _keyed(
            request("POST", _PICWISH + "scale", form.encode() + file + saved("PNG") + b"\r\n--b--\r\n", _FORM)
        ),
        "watermark": _post(_PICWISH + "external/watermark-remove", {"url": "http://a/b", "sync": 0}),
        "watermark query": _keyed(request("GET", _PICWISH + "external/watermark-remove/a")),
        "scale query": _keyed(request("GET", _PICWISH + "scale/a")),
    }


def _post(path: str, body: Any, **headers: str) -> bytes:
    return _keyed(request("POST", path, json.dumps(body, ensure_ascii=False).encode(), **headers))


def _keyed(sent: bytes) -> bytes:
    return sent.replace(b"sk-fuzz", _KEY.encode())


TARGETS: Final = (Target("siblings", run, _seeds, (right_length, right_length), WORDS),)
