"""Clients of a cluster that is attacked: of the native API, and the vendors' own as they are."""

import base64
import functools
import io
import itertools
import json
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import cv2
import numpy as np
import requests
from numpy.typing import NDArray
from PIL import Image

from benchmarks import picture

SDK_KEY: Final = "sk-vendors"
KINDS: Final = ("native", "native", "dashscope", "native", "novita", "native", "picwish", "native")
"""Of tasks, one after another."""
_THREADS: Final = {"native": 6, "dashscope": 8, "novita": 6, "picwish": 6}
_SIDES_PX: Final = (128, 256)
_AGAIN_S: Final = 0.5
_POLL_S: Final = 1.0
_PATIENCE_S: Final = 150.0
_POLLS: Final = 3600
_DOWNLOADS: Final = 60
_ERASE: Final[dict[str, Any]] = {"model": "image-erase-completion", "prompt": "unused", "task": "image2image"}
_PICWISH: Final = "/api/tasks/visual/inpaint"


@dataclass(slots=True)
class Seen:
    """What all clients saw. Thread-safe, as far as the interpreter's own lists and counters are.

    Attributes:
        accepted: the ids of tasks, by kind and number of the request.
        refused: submits that were not accepted, by kind and status; they were sent again.
        errors: what ended the poll of a vendor's client, though its task had not ended.
        failed: tasks whose client was told that they failed, or got no picture.
    """

    accepted: dict[tuple[str, int], str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Clients:
    """All of them.

    Attributes:
        hosts: addresses of the API hosts, between which the native client changes.
        proxy: what stands before them; the vendors' clients know nothing else.
        native_key: of the native client.
        picture_url: leads to a picture.
    """

    hosts: tuple[str, ...]
    proxy: str
    native_key: str
    picture_url: str
    seen: Seen = field(default_factory=Seen)

    def run(self, tasks: int, seconds: float) -> None:
        """Submit so many in about so long, and poll those of the vendors' clients to their ends."""
        import dashscope
        from novita_client import NovitaClient  # type: ignore[import-untyped]

        dashscope.base_http_api_url = f"{self.proxy}/api/v1"
        for name in ("dashscope", "novita_client", "novita_client.novita"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        numbers = {kind: _Numbers(kind, tasks) for kind in _THREADS}
        begun_s = time.monotonic()

        def serve(kind: str) -> None:
            ways: Mapping[str, Callable[[int], None]] = {
                "native": self._native,
                "dashscope": self._dashscope,
                "novita": functools.partial(self._novita, NovitaClient(SDK_KEY, self.proxy)),
                "picwish": self._picwish,
            }
            while (number := numbers[kind].next()) is not None:
                time.sleep(max(0.0, begun_s + number * seconds / tasks - time.monotonic()))
                ways[kind](number)

        threads = [
            threading.Thread(target=serve, args=(kind,)) for kind in _THREADS for _ in range(_THREADS[kind])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _accepted(self, kind: str, number: int, ask: Callable[[int], tuple[str, str]]) -> str:
        """The id of a task that is asked for until it is accepted, under one `Idempotency-Key`.

        Args:
            ask: given the number of the try; returns the id, or "" and why there is none.
        """
        for attempt in itertools.count():
            try:
                task_id, why = ask(attempt)
            except Exception as error:
                task_id, why = "", type(error).__name__
            if task_id:
                self.seen.accepted[kind, number] = task_id
                return task_id
            self.seen.refused[f"{kind} {why}"] += 1
            time.sleep(_AGAIN_S)
        raise AssertionError("unreachable")

    def _native(self, number: int) -> None:
        body = json.dumps(_native_body(number, self.picture_url))
        headers = {"Authorization": f"Bearer {self.native_key}", "Content-Type": "application/json"}

        def ask(attempt: int) -> tuple[str, str]:
            host = self.hosts[(number + attempt) % len(self.hosts)]
            reply = requests.post(
                f"{host}/v1/edits", body, headers=headers | _named("native", number), timeout=_PATIENCE_S
            )
            return (reply.json()["id"], "") if reply.status_code == HTTPStatus.ACCEPTED else ("", _why(reply))

        self._accepted("native", number, ask)

    def _dashscope(self, number: int) -> None:
        from dashscope import ImageSynthesis

        photo, hole = (f"data:image/png;base64,{_base64(file)}" for file in files(number))

        def ask(_attempt: int) -> tuple[str, str]:
            reply = ImageSynthesis.async_call(
                extra_input={"image_url": photo, "mask_url": hole},
                api_key=SDK_KEY,
                headers=_named("dashscope", number),
                **_ERASE,
            )
            good = reply.status_code == HTTPStatus.OK
            return (reply.output.task_id, "") if good else ("", f"{reply.status_code} {reply.code}")

        def poll(task_id: str) -> str | None:
            reply = ImageSynthesis.wait(task_id, api_key=SDK_KEY)
            if reply.status_code != HTTPStatus.OK:
                raise _GaveUpError(f"{reply.status_code} {reply.code} {reply.message}")
            return reply.output.get("output_image_url") if reply.output.task_status == "SUCCEEDED" else None

        self._to_the_end("dashscope", number, ask, poll)

    def _novita(self, client: Any, number: int) -> None:
        photo, hole = map(_base64, files(number))

        def ask(_attempt: int) -> tuple[str, str]:
            client.set_extra_headers(_named("novita", number))
            task_id = client._post("/v3/async/image-eraser", {"image": photo, "mask": hole})["task_id"]
            client.set_extra_headers({})
            return task_id, ""

        def poll(task_id: str) -> str | None:
            result = client.wait_for_task_v3(task_id, wait_for=_POLLS)
            return result.images[0].image_url if result.task.status.value == "TASK_STATUS_SUCCEED" else None

        self._to_the_end("novita", number, ask, poll)

    def _picwish(self, number: int) -> None:
        """The vendor has no package: this is what its samples do."""
        photo, hole = files(number)
        key = {"X-API-KEY": SDK_KEY}

        def ask(_attempt: int) -> tuple[str, str]:
            given = {"image_file": ("photo.png", photo), "mask_file": ("mask.png", hole)}
            reply = requests.post(
                self.proxy + _PICWISH,
                headers=key | _named("picwish", number),
                files=given,
                data={"sync": "0", "return_type": str(1 + number // len(KINDS) % 2)},
                timeout=_PATIENCE_S,
            )
            good = reply.status_code == HTTPStatus.OK
            return (reply.json()["data"]["task_id"], "") if good else ("", _why(reply))

        def poll(task_id: str) -> str | None:
            while True:
                told = requests.get(f"{self.proxy}{_PICWISH}/{task_id}", headers=key, timeout=_PATIENCE_S)
                if "data" not in (content := told.json()):
                    raise _GaveUpError(f"{told.status_code} {content.get('message')}")
                if content["data"]["state"] == 1:
                    return str(content["data"]["image"])
                if content["data"]["state"] < 0:
                    return None
                time.sleep(_POLL_S)

        self._to_the_end("picwish", number, ask, poll)

    def _to_the_end(
        self,
        kind: str,
        number: int,
        ask: Callable[[int], tuple[str, str]],
        poll: Callable[[str], str | None],
    ) -> None:
        """Submit, poll until the task has ended, and get the picture. A poll that gives up is counted.

        Args:
            poll: what the vendor's client does until the task has ended; the picture's URL, or None.
        """
        task_id = self._accepted(kind, number, ask)
        while True:
            try:
                url = poll(task_id)
                break
            except Exception as error:
                self.seen.errors.append(f"{kind} {task_id}: {type(error).__name__}: {error}"[:300])
                time.sleep(_AGAIN_S)
        if url is None or not _is_picture(url):
            self.seen.failed.append(f"{kind} {task_id}")


class _GaveUpError(Exception):
    """A vendor's client was answered what it does not try again on."""


class _Numbers:
    """Hands out the numbers of one kind of task to its threads."""

    def __init__(self, kind: str, tasks: int) -> None:
        self._left: Iterator[int] = (it for it in range(tasks) if KINDS[it % len(KINDS)] == kind)
        self._lock = threading.Lock()

    def next(self) -> int | None:
        with self._lock:
            return next(self._left, None)


def _named(kind: str, number: int) -> dict[str, str]:
    return {"Idempotency-Key": f"{kind}-{number}"}


def _why(reply: requests.Response) -> str:
    said = f" {reply.text[:60]}" if reply.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else ""
    return f"{reply.status_code}{said}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@functools.cache
def _photo(side_px: int) -> NDArray[np.uint8]:
    return picture.photo(side_px)


def files(number: int) -> tuple[bytes, bytes]:
    """A picture of its own, and what is to be erased of it, as PNG."""
    chance = random.Random(number)  # noqa: S311 - chance that can be repeated
    width, height = (chance.randint(*_SIDES_PX) for _ in range(2))
    part = _photo(_SIDES_PX[1])[:height, :width].copy()
    hole = np.zeros((height, width), np.uint8)
    axes = chance.randint(4, width // 8), chance.randint(4, height // 8)
    cv2.ellipse(hole, (width // 2, height // 2), axes, 30, 0, 360, 255, -1)
    return cv2.imencode(".png", part)[1].tobytes(), cv2.imencode(".png", hole)[1].tobytes()


def _native_body(number: int, picture_url: str) -> dict[str, Any]:
    """Erases, some of a picture that has to be fetched, and edits that compute nothing."""
    photo, hole = files(number)
    image = {"base64": _base64(photo)}
    kinds: tuple[dict[str, Any], ...] = (
        {"edit": "erase", "image": image, "mask": {"base64": _base64(hole)}},
        {"edit": "nothing", "image": image},
        {"edit": "nothing", "image": {"url": f"{picture_url}{number}.png"}},
        {"edit": "waiting", "image": image, "parameters": {"seconds": 1.5}},
        {"edit": "erase", "parameters": {"fast": True}, "image": image, "mask": {"base64": _base64(hole)}},
    )
    return kinds[number // len(KINDS) % len(kinds)]


def _is_picture(url: str) -> bool:
    """Whether the link leads to one, as a client asks for it who tries again for a while; or it is base64."""
    if not url.startswith("http"):
        Image.open(io.BytesIO(base64.b64decode(url))).load()
        return True
    for _ in range(_DOWNLOADS):
        try:
            reply = requests.get(url, timeout=_PATIENCE_S)
        except requests.RequestException:
            time.sleep(_AGAIN_S)
            continue
        if reply.status_code == HTTPStatus.OK:
            Image.open(io.BytesIO(reply.content)).load()
            return True
        if reply.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return False
        time.sleep(_AGAIN_S)
    return False
