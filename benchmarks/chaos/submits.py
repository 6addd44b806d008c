"""Small submits in every vendor's dialect, and what they were answered."""

import base64
import http.client
import io
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from benchmarks.chaos.victim import KEY, Victim

_SIDE_PX: Final = 512
_PATIENCE_S: Final = 120.0
_BEARER: Final = {"Authorization": f"Bearer {KEY}"}
_JSON: Final = {"Content-Type": "application/json"}
_FORM: Final = "chaos"
DASHSCOPE: Final = "/api/v1/tasks/"
"""Where DashScope's clients ask for a task."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply. `status` 0 is none at all."""

    status: int
    seconds: float
    headers: Mapping[str, str]
    body: str


def _data(level: int) -> bytes:
    stream = io.BytesIO()
    picture = Image.new("L", (_SIDE_PX, _SIDE_PX), level)
    picture.paste(255, (200, 200, 260, 260))
    picture.save(stream, "PNG")
    return stream.getvalue()


def _text(level: int) -> str:
    return base64.b64encode(_data(level)).decode()


def _dashscope() -> tuple[str, dict[str, str], bytes]:
    uri = "data:image/png;base64,"
    given = {"image_url": uri + _text(90), "mask_url": uri + _text(0)}
    body = {"model": "image-erase-completion", "input": given}
    path = "/api/v1/services/aigc/image2image/image-synthesis"
    return path, {**_BEARER, **_JSON, "X-DashScope-Async": "enable"}, json.dumps(body).encode()


def _native() -> tuple[str, dict[str, str], bytes]:
    body = {"edit": "erase", "image": {"base64": _text(90)}, "mask": {"base64": _text(0)}}
    return "/v1/edits", {**_BEARER, **_JSON}, json.dumps(body).encode()


def _novita() -> tuple[str, dict[str, str], bytes]:
    body = {"image": _text(90), "mask": _text(0)}
    return "/v3/async/image-eraser", {**_BEARER, **_JSON}, json.dumps(body).encode()


def _picwish() -> tuple[str, dict[str, str], bytes]:
    parts = [
        f'--{_FORM}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.png"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, data in (("image_file", _data(90)), ("mask_file", _data(0)))
    ]
    sync = f'--{_FORM}\r\nContent-Disposition: form-data; name="sync"\r\n\r\n0\r\n--{_FORM}--\r\n'.encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={_FORM}"}
    return "/api/tasks/visual/inpaint", {"X-API-KEY": KEY, **kind}, b"".join([*parts, sync])


SUBMITS: Final[Mapping[str, Callable[[], tuple[str, dict[str, str], bytes]]]] = {
    "dashscope": _dashscope,
    "native": _native,
    "novita": _novita,
    "picwish": _picwish,
}
"""Path, headers and body of a good submit, by dialect."""


def ask(victim: Victim, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
    """A GET, or the POST of a body, on a connection of its own."""
    began_s = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", victim.port, timeout=_PATIENCE_S)
    try:
        connection.request("GET" if body is None else "POST", path, body, dict(headers))
        reply = connection.getresponse()
        text = reply.read().decode(errors="replace")
        found = {name.lower(): value for name, value in reply.getheaders()}
        return Answer(reply.status, time.perf_counter() - began_s, found, text)
    except OSError as error:
        return Answer(0, time.perf_counter() - began_s, {}, str(error))
    finally:
        connection.close()


def submit(victim: Victim, dialect: str = "dashscope") -> Answer:
    """One good submit."""
    path, headers, body = SUBMITS[dialect]()
    return ask(victim, path, headers, body)


def poll(victim: Victim, task_id: str) -> Answer:
    """One look at a task of DashScope's."""
    return ask(victim, DASHSCOPE + task_id, _BEARER)


def task_of(answer: Answer) -> str:
    """The id in DashScope's reply to a submit."""
    return str(json.loads(answer.body)["output"]["task_id"])


def at_once(jobs: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """All of them at the same time, each in a thread."""
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda job=job: answers.append(job())) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
