"""One small client for each dialect, so that one test can ask all of them the same."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
from tests.api.servers import data_uri, png

PHOTO: Final = data_uri(png("photo"))


@dataclass(frozen=True)
class Vendor:
    """How to ask one dialect for an erase, and how to read its answers.

    Attributes:
        path: of the submit.
        key: secret -> headers.
        body: image (URL or data URI) -> arguments of `requests`.
        task_id: JSON of a good submit -> id.
        poll: id -> path and query.
        word: JSON of a poll -> the vendor's word for the state, then `:` and its code when the task failed.
        code: JSON of a refused request -> the vendor's code.
    """

    name: str
    path: str
    key: Callable[[str], Mapping[str, str]]
    body: Callable[[str], dict[str, Any]]
    task_id: Callable[[Any], str]
    poll: Callable[[str], str]
    word: Callable[[Any], str]
    code: Callable[[Any], str]


class Client:
    """One vendor's client with one key at one server.

    Args:
        trusted: file of the certificates that an https:// server may have; empty: those of every browser.
    """

    def __init__(self, vendor: Vendor, base: str, secret: str, trusted: str = "") -> None:
        self.vendor = vendor
        self._base = base
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = trusted or True
        self._session.headers.update(vendor.key(secret))

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def submit(self, image: str = PHOTO, *, scenario: str | None = None) -> requests.Response:
        headers = {} if scenario is None else {"X-Cleanplate-Test": scenario}
        url = self._base + self.vendor.path
        return self._session.post(url, headers=headers, timeout=10, **self.vendor.body(image))

    def submitted(self, image: str = PHOTO, *, scenario: str | None = None) -> str:
        """The id of a new task."""
        reply = self.submit(image, scenario=scenario)
        assert reply.ok, reply.text
        return self.vendor.task_id(reply.json())

    def polled(self, task_id: str) -> requests.Response:
        return self._session.get(self._base + self.vendor.poll(task_id), timeout=10)

    def word(self, task_id: str) -> str:
        """What a poll says now: the state, or the code of a refusal."""
        reply = self.polled(task_id)
        return self.vendor.word(reply.json()) if reply.ok else self.vendor.code(reply.json())


def _dashscope_word(reply: Any) -> str:
    output = reply["output"]
    return f"{output['task_status']}:{output['code']}" if "code" in output else str(output["task_status"])


def _novita_word(reply: Any) -> str:
    task = reply["task"]
    return f"{task['status']}:{task['reason'].partition(':')[0]}".removesuffix(":")


def _native_word(reply: Any) -> str:
    return str(reply["state"]) if reply["error"] is None else f"{reply['state']}:{reply['error']['code']}"


def _bfl_word(reply: Any) -> str:
    code = (reply["details"] or {}).get("code")
    return str(reply["status"]) if code is None else f"{reply['status']}:{code}"


def _bfl_code(reply: Any) -> str:
    detail = reply["detail"]
    return detail if isinstance(detail, str) else str(detail[0]["type"])


def _picwish_body(image: str) -> dict[str, Any]:
    files = {"mask_file": ("mask.png", png("mask"))}
    if image.startswith("http"):
        return {"data": {"image_url": image}, "files": files}
    return {"files": {**files, "image_file": ("photo.png", base64.b64decode(image.partition(",")[2]))}}


DASHSCOPE: Final = Vendor(
    name="dashscope",
    path="/api/v1/services/aigc/image2image/image-synthesis",
    key=lambda secret: {"Authorization": f"Bearer {secret}", "X-DashScope-Async": "enable"},
    body=lambda image: {
        "json": {
            "model": "image-erase-completion",
            "input": {"image_url": image, "mask_url": data_uri(png("mask"))},
        }
    },
    task_id=lambda reply: str(reply["output"]["task_id"]),
    poll=lambda task_id: f"/api/v1/tasks/{task_id}",
    word=_dashscope_word,
    code=lambda reply: str(reply["code"]),
)
NOVITA: Final = Vendor(
    name="novita",
    path="/v3/async/image-eraser",
    key=lambda secret: {"Authorization": f"Bearer {secret}"},
    body=lambda image: {"json": {"image": image, "mask": data_uri(png("mask")), "output_format": "png"}},
    task_id=lambda reply: str(reply["task_id"]),
    poll=lambda task_id: f"/v3/async/task-result?task_id={task_id}",
    word=_novita_word,
    code=lambda reply: str(reply["reason"]),
)
PICWISH: Final = Vendor(
    name="picwish",
    path="/api/tasks/visual/inpaint",
    key=lambda secret: {"X-API-KEY": secret},
    body=_picwish_body,
    task_id=lambda reply: str(reply["data"]["task_id"]),
    poll=lambda task_id: f"/api/tasks/visual/inpaint/{task_id}",
    word=lambda reply: str(reply["data"]["state"]),
    code=lambda reply: str(reply["status"]),
)
NATIVE: Final = Vendor(
    name="native",
    path="/v1/edits",
    key=lambda secret: {"Authorization": f"Bearer {secret}"},
    body=lambda image: {"json": {"edit": "erase", "image": image, "mask": data_uri(png("mask"))}},
    task_id=lambda reply: str(reply["id"]),
    poll=lambda task_id: f"/v1/edits/{task_id}",
    word=_native_word,
    code=lambda reply: str(reply["error"]["code"]),
)
BFL: Final = Vendor(
    name="bfl",
    path="/v1/flux-tools/erase-v1",
    key=lambda secret: {"x-key": secret},
    body=lambda image: {"json": {"image": image, "mask": data_uri(png("mask"))}},
    task_id=lambda reply: str(reply["id"]),
    poll=lambda task_id: f"/v1/get_result?id={task_id}",
    word=_bfl_word,
    code=_bfl_code,
)
VENDORS: Final = (DASHSCOPE, NOVITA, PICWISH, NATIVE, BFL)
