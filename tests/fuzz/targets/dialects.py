"""Whole requests in every vendor's dialect: each gets a reply that is no fault of the server.

The application is whole but for workers: what is accepted waits for ever.
"""

import atexit
import base64
import json
import random
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.fuzz.picture_files import saved
from tests.fuzz.target import Target
from tests.fuzz.wire import Wire

from cleanplate.app import build
from cleanplate.settings import Settings

_KEY: Final = "sk-fuzz"
_BREAK: Final = b"\r\n\r\n"
_LENGTH: Final = b"Content-Length: "
_FORM: Final = "multipart/form-data; boundary=b"
_SYNTHESIS: Final = "/api/v1/services/aigc/image2image/image-synthesis"
_EDITS: Final = ("erase", "expand", "upscale", "stylize", "remove_text", "inpaint", "colorize", "doodle")


@cache
def _wire() -> Wire:
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    settings = Settings(
        data=Path(folder.name),
        api_keys=(_KEY,),
        sqlite_synchronous="NORMAL",
        sync_timeout_s=1,
        iopaint="on",
        max_queue_wait_s=7 * 86400,
    )
    app = build(settings)
    atexit.register(app.state.close)
    return Wire(app, settings)


def run(data: bytes) -> str:
    """Send it, and leave."""
    return f"{max(_wire().statuses([data]), default=0)}"


def request(method: str, path: str, body: bytes = b"", kind: str = "application/json", **more: str) -> bytes:
    """A request as it goes over the wire; `_` in a name of `more` is `-`."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in more.items())
    key = f"Authorization: Bearer {_KEY}\r\nX-API-KEY: {_KEY}\r\nx-key: {_KEY}\r\n"
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\n{key}{named}Content-Type: {kind}\r\n"
    return head.encode() + _LENGTH + f"{len(body)}".encode() + _BREAK + body


def right_length(data: bytes, chance: random.Random) -> bytes:
    """A change in the body, and the length that it then has."""
    head, found, body = data.partition(_BREAK)
    start = head.find(_LENGTH)
    if not found or start < 0:
        return data
    end = head.find(b"\r\n", start)
    rest = head[end:] if end >= 0 else b""
    at = chance.randrange(len(body) + 1)
    match chance.randrange(4):
        case 0:
            body = body[:at] + body[at + chance.choice((1, 2, 8, 64)) :]
        case 1:
            body = body[:at] + chance.choice(WORDS) + body[at:]
        case 2:
            body = body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
    return head[:start] + _LENGTH + f"{len(body)}".encode() + rest + _BREAK + body


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _seeds() -> Mapping[str, bytes]:
    picture = base64.b64encode(saved("PNG")).decode()
    uri = "data:image/png;base64," + picture
    erase = {
        "model": "image-erase-completion",
        "input": {"image_url": uri, "mask_url": uri},
        "parameters": {},
    }
    edited = {"function": "remove_watermark", "base_image_url": uri, "prompt": "去掉水印"}
    part = 'Content-Disposition: form-data; name="{}"\r\n\r\n'
    boxes = part.format("rectangles") + json.dumps([{"x": 2, "y": 2, "width": 5, "height": 6}])
    form = f"--b\r\n{part.format('sync')}0\r\n--b\r\n{boxes}\r\n--b\r\n{part.format('image_file')}".encode()
    stable = f"--b\r\n{part.format('grow_mask')}5\r\n--b\r\n{part.format('image')}".encode()
    stable += saved("JPEG") + b"\r\n--b--\r\n"
    return {
        "erase": request("POST", _SYNTHESIS, _json(erase), X_DashScope_Async="enable"),
        "edit": request(
            "POST", _SYNTHESIS, _json({"model": "wanx2.1-imageedit", "input": edited, "parameters": {"n": 1}})
        ),
        "query": request("GET", "/api/v1/tasks/0b5d9a4e-9d6e-4a5c-8d4f-0a1b2c3d4e5f"),
        "list": request(
            "GET", "/api/v1/tasks?page_no=1&page_size=10&status=PENDING&start_time=20261121000000"
        ),
        "cancel": request("POST", "/api/v1/tasks/0b5d9a4e-9d6e-4a5c-8d4f-0a1b2c3d4e5f/cancel"),
        "policy": request("GET", "/api/v1/uploads?action=getPolicy&model=image-erase-completion"),
        "novita": request(
            "POST", "/v3/async/image-eraser", _json({"image": picture, "mask": picture, "extra": {}})
        ),
        "novita query": request("GET", "/v3/async/task-result?task_id=a"),
        "cleanup": request("POST", "/v3/cleanup", _json({"image_file": picture, "mask_file": "***"})),
        "form": request("POST", "/api/tasks/visual/inpaint", form + saved("PNG") + b"\r\n--b--\r\n", _FORM),
        "fields": request(
            "POST",
            "/api/tasks/visual/inpaint",
            b"image_url=http%3A%2F%2Fa&sync=0",
            "application/x-www-form-urlencoded",
        ),
        "openai": request("POST", "/v1/images/edits", _image_edit(image="image"), _FORM),
        "openai stream": request("POST", "/v1/images/edits", _image_edit(stream="1"), _FORM),
        "openai json": request(
            "POST",
            "/v1/images/edits",
            _json({"images": [{"image_url": uri}], "mask": "***", "prompt": "remove"}),
        ),
        "openai models": request("GET", "/v1/models"),
        "openai model": request("GET", "/v1/models/gpt-image-2"),
        "openai generation": request("POST", "/v1/images/generations", _json({"prompt": "a cat"})),
        "bfl": request("POST", "/v1/flux-tools/erase-v1", _json({"image": uri, "mask": picture, "seed": 1})),
        "bfl query": request("GET", "/v1/get_result?id=a"),
        # Without a mask, of an opaque picture: no good one, which would wait for a worker
        "stability": request("POST", "/v2beta/stable-image/edit/erase", stable, _FORM),
        "stability upscale": request("POST", "/v2beta/stable-image/upscale/fast", b"image=x", _FORM),
        "picwish query": request("GET", "/api/tasks/visual/inpaint/a"),
        **{f"native {edit}": request("POST", "/v1/edits", _json(_native(edit, picture))) for edit in _EDITS},
        **_iopaint(picture, form_part=part),
        "edits": request("GET", "/v1/edits?state=queued&page=1&page_size=10"),
        "catalogue": request("GET", "/v1/catalogue", If_None_Match="*"),
        "usage": request("GET", "/v1/usage?days=3"),
        "regions": request("POST", "/v1/regions", _json({"image": picture, "find": "the red car"})),
        "selections": request(
            "POST",
            "/v1/selections",
            _json({"image": picture, "parameters": {"find": "the red car", "candidate": 1}}),
        ),
        "openapi": request("GET", "/openapi.json"),
        "options": request("OPTIONS", "/v1/edits", Origin="http://a", Access_Control_Request_Method="POST"),
        "file": request("GET", "/files/results/a/0.png?expires=1&signature=b", Range="bytes=0-5"),
    }


def _iopaint(picture: str, form_part: str) -> Mapping[str, bytes]:
    """Nothing that would be accepted: it would be waited for."""
    base = "/api/v1/"
    file = f"--b\r\n{form_part.format('file')}".encode() + saved("PNG") + b"\r\n--b--\r\n"
    click = {"name": "InteractiveSeg", "image": picture, "clicks": [[1, 1, 0]], "scale": 2}
    sent = {
        "inpaint": {"image": picture, "mask": "***", "sd_seed": -1, "use_extender": False},
        "run_plugin_gen_mask": click,
        "run_plugin_gen_image": {**click, "name": "RealESRGAN", "scale": 9},
        "adjust_mask": {"mask": picture, "operate": "widen", "kernel_size": 5},
        "model": {"name": "cleanplate-prompt"},
        "switch_plugin_model": {"plugin_name": "RealESRGAN", "model_name": "x"},
    }
    return {
        **{f"iopaint {name}": request("POST", base + name, _json(body)) for name, body in sent.items()},
        "iopaint gen-info": request("POST", base + "gen-info", file, _FORM),
        "iopaint config": request("GET", base + "server-config", Origin="http://a"),
        "iopaint socket": request("GET", "/socket.io/?EIO=4&transport=polling&t=a"),
    }


def _image_edit(image: str = "image[]", **fields: str) -> bytes:
    """A form that is refused for its mask: another one would wait for a worker that is not here."""
    part = '--b\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
    texts = {"prompt": "remove", "model": "gpt-image-2", "n": "1", "size": "auto", **fields}
    body = "".join(part.format(name, "") + text + "\r\n" for name, text in texts.items()).encode()
    for name, data in ((image, saved("PNG")), ("mask", b"***")):
        body += part.format(name, '; filename="a.png"').encode() + data + b"\r\n"
    return body + b"--b--\r\n"


def _native(edit: str, picture: str) -> dict[str, Any]:
    prompt = {"prompt": "red"} if edit in ("inpaint", "stylize", "doodle") else {}
    return {
        "edit": edit,
        "image": {"base64": picture},
        "mask": picture,
        "parameters": prompt,
        "count": 1,
        "output": "png",
    }


WORDS: Final = (
    *(
        b"null",
        b"true",
        b"[]",
        b"{}",
        b'""',
        b'"',
        b"\\ud800",
        b"1e400",
        b"-1",
        b"9" * 25,
        b'"\\u0000"',
        b"http://[::1",
    ),
    *(
        b"http://127.0.0.1/",
        b"oss://",
        b"data:,",
        b"file:///",
        b"\xff",
        b"\xe4\xb8\xad",
        b"\r\n",
        b"%00",
        b"%ff",
        b"//",
    ),
    *(
        b"Idempotency-Key: a\r\n",
        b"X-DashScope-Async: enable\r\n",
        b"X-DashScope-OssResourceResolve: enable\r\n",
    ),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Prefer: wait\r\n",
        b"DELETE ",
        b"HEAD ",
        b"PUT ",
    ),
)
TARGETS: Final = (Target("dialects", run, _seeds, (right_length, right_length), WORDS),)
