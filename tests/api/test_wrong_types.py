"""Values of every kind in every field of every dialect: no fault of ours, no word of Python in a reply."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from tests.api.dashscope.conftest import HEADERS, SUBMIT
from tests.api.servers import Api, data_uri, png

PHOTO, MASK = data_uri(png("photo")), data_uri(png("mask"))
PYTHON: Final = re.compile(
    r"\b(str|int|float|bool|dict|dictionary|list|tuple|set|bytes|None|NoneType|True|False|nan|inf)\b|"
    r"Input should|Field required(?!: )|Extra inputs|[Pp]ydantic|_parsing|Error\b|Traceback|"
    r"\binstance\b(?!-)|(string|model|missing)_|iterable|callable|unable to parse"
)
NOTHING: Final[tuple[Any, ...]] = (None, "", " \t", [], {}, {"a": None})
WRONG: Final[tuple[Any, ...]] = (
    *NOTHING,
    *(5, -1, 0, 1, 1.5, 10**30, True, False, "x", "1", "0", "TRUE", "null", "undefined", "\ud800", "\x00"),
    *(
        [1],
        ["x"],
        [None],
        [[]],
        {"a": 1},
        {"url": []},
        {"url": 3},
        {"url": "\ud83d"},
        [[1, 2, 3]],
        "x" * 3000,
    ),
)

DASHSCOPE: Final[tuple[dict[str, Any], ...]] = (
    {
        "model": "image-erase-completion",
        "input": {"image_url": PHOTO, "mask_url": MASK, "foreground_url": MASK, "prompt": "x"},
        "parameters": {"fast_mode": True, "dilate_flag": True, "add_watermark": True},
    },
    {
        "model": "wanx-x-painting",
        "input": {"prompt": "x", "base_image_url": PHOTO, "mask_image_url": MASK, "negative_prompt": "x"},
        "parameters": {"mask_color": [[0, 0, 0]], "style": "<auto>", "size": "1024*1024", "n": 1, "seed": 1},
    },
    *(
        {
            "model": "wanx2.1-imageedit",
            "input": {"function": function, "prompt": "x", "base_image_url": PHOTO, "mask_image_url": MASK},
            "parameters": {"n": 1, "seed": 1, "watermark": False, **own},
        }
        for function, own in (
            ("stylization_all", {"strength": 0.5}),
            ("expand", dict.fromkeys(("top_scale", "bottom_scale", "left_scale", "right_scale"), 1.5)),
            ("super_resolution", {"upscale_factor": 2}),
            ("doodle", {"is_sketch": True}),
            ("description_edit_with_mask", {}),
        )
    ),
)
NOVITA: Final[dict[str, Any]] = {
    "image": PHOTO,
    "mask": MASK,
    "prompt": "x",
    "output_format": "png",
    "extra": {
        "webhook": {
            "url": "http://h/",
            "test_mode": {"enabled": False, "return_task_status": "TASK_STATUS_SUCCEED"},
        },
        "response_image_type": "png",
    },
}
# Never a good one: it would wait for a worker that this server does not have.
CLEANUP: Final = {"image_file": PHOTO, "mask_file": "***", "extra": NOVITA["extra"]}
NATIVE: Final[tuple[dict[str, Any], ...]] = (
    {
        "edit": "erase",
        "image": PHOTO,
        "mask": {"base64": png("mask").hex()},
        "keep": MASK,
        "parameters": {
            "seed": 1,
            "fast": True,
            "dilate_px": 1,
            "boxes": [[1, 1, 2, 2]],
            "tone": 1,
            "find": "x",
        },
        "count": 1,
        "output": "png",
        "webhook": {"url": "http://h/"},
        "deadline_ms": 1000,
    },
    {
        "edit": "inpaint",
        "image": PHOTO,
        "mask": MASK,
        "parameters": {"size": [9, 9], "prompt": "x", "model": ""},
    },
    {"edit": "expand", "image": PHOTO, "parameters": {"left": 1.5, "label": True}},
)
PICWISH: Final[dict[str, Any]] = {
    "image_url": "",
    "mask_url": "ftp://h/x.png",
    "rectangles": [{"x": 1, "y": 1, "width": 5, "height": 5}],
    "sync": "0",
    "return_type": "1",
    "callback_url": "http://h/",
}


def changed(good: Any) -> Iterator[Any]:
    """The body with each of its values replaced by each of the wrong ones."""
    yield from WRONG
    if isinstance(good, dict):
        for name, value in good.items():
            for one in changed(value):
                yield {**good, name: one}
    elif isinstance(good, list):
        for number, value in enumerate(good):
            for one in changed(value):
                yield [*good[:number], one, *good[number + 1 :]]


def check(reply: Any, sent: object, message: Callable[[Any], str]) -> None:
    assert reply.status_code < 500, (sent, reply.text)
    if reply.status_code >= 400:
        said = message(reply.json())
        assert said
        assert len(said) < 500
        assert not PYTHON.search(said), (sent, said)


@pytest.mark.parametrize("good", DASHSCOPE, ids=lambda good: good["input"].get("function", good["model"]))
def test_dashscope(packed: Api, good: dict[str, Any]) -> None:
    for sent in changed(good):
        check(
            packed.client.post(SUBMIT, data=json.dumps(sent), headers=HEADERS),
            sent,
            lambda reply: reply["message"],
        )


@pytest.mark.parametrize(("path", "good"), [("/v3/async/image-eraser", NOVITA), ("/v3/cleanup", CLEANUP)])
def test_novita(packed: Api, path: str, good: dict[str, Any]) -> None:
    for sent in changed(good):
        check(packed.client.post(path, data=json.dumps(sent)), sent, lambda reply: reply["message"])


@pytest.mark.parametrize("good", NATIVE, ids=lambda good: good["edit"])
def test_native(packed: Api, good: dict[str, Any]) -> None:
    for sent in changed(good):
        check(
            packed.client.post("/v1/edits", data=json.dumps(sent)),
            sent,
            lambda reply: reply["error"]["message"],
        )


@pytest.mark.parametrize("name", ["state", "page", "page_size"])
def test_native_queries(packed: Api, name: str) -> None:
    for wrong in ("", " ", "x", "0", "-1", "1.5", "true", "9" * 400, "nan", "\x00"):
        reply = packed.client.get("/v1/edits", params={name: wrong})
        check(reply, wrong, lambda reply: reply["error"]["message"])
        assert (reply.status_code == 200) == (wrong.strip() == "")


def test_picwish(packed: Api) -> None:
    for sent in changed(PICWISH):
        reply = packed.client.post(
            "/api/tasks/visual/inpaint",
            data=json.dumps(sent),
            headers={"X-API-KEY": "sk-good", "Content-Type": "application/json"},
        )
        check(reply, sent, lambda reply: reply["message"])


@pytest.mark.parametrize("nothing", ["", "  ", "null", "undefined"])
def test_picwish_forms_of_pages(packed: Api, nothing: str) -> None:
    fields = dict.fromkeys(
        ("image_url", "mask_url", "sync", "return_type", "callback_url", "unknown"), nothing
    )
    fields["rectangles"] = '[{"x":1,"y":"1","width":5.0,"height":5}]'
    reply = packed.client.post(
        "/api/tasks/visual/inpaint",
        data=fields,
        files={"image_file": ("x", png("photo"))},
        headers={"X-API-KEY": "sk-good"},
    )
    assert reply.status_code == 200, reply.text
    task = packed.store.get(reply.json()["data"]["task_id"])
    assert task is not None
    assert task.submission.parameters == {"boxes": [[1, 1, 6, 6]]}
    assert task.submission.callback_url is None
    assert task.submission.extra["return_type"] == 1
    assert not task.submission.extra["waits"]


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "text/plain", "text/json"]
)
def test_picwish_json_of_any_type(packed: Api, kind: str) -> None:
    sent = b'\xef\xbb\xbf{"image_url":"http://a@h","sync":false}'
    headers = {"X-API-KEY": "sk-good", "Content-Type": kind}
    reply = packed.client.post("/api/tasks/visual/inpaint", data=sent, headers=headers)
    assert reply.json()["message"].startswith("The parameter image_url is invalid")


@pytest.mark.parametrize("nothing", NOTHING)
def test_nothing_in_every_optional_field(packed: Api, nothing: Any) -> None:
    erase = dict.fromkeys(("mask", "output_format", "extra"), nothing)
    sent = {"image": PHOTO, "prompt": "x", **erase, "extra": {"webhook": nothing, "custom_storage": nothing}}
    assert packed.client.post("/v3/async/image-eraser", json=sent).status_code == 200
    names = ("keep", "parameters", "count", "output", "webhook", "deadline_ms")
    sent = {"edit": "erase", "image": PHOTO, "mask": MASK, **dict.fromkeys(names, nothing)}
    assert packed.client.post("/v1/edits", json=sent).status_code == 202
    sent["parameters"] = dict.fromkeys(("seed", "fast", "feather_px", "boxes", "find", "engine"), nothing)
    reply = packed.client.post("/v1/edits", json=sent)
    assert reply.status_code == 202
    assert reply.json()["parameters"]["feather_px"] == 3


def test_null_where_an_edit_has_a_meaning_for_it(packed: Api) -> None:
    sent = {"edit": "inpaint", "image": PHOTO, "mask": MASK, "parameters": {"dilate_px": None, "seed": None}}
    assert packed.client.post("/v1/edits", json=sent).json()["parameters"]["dilate_px"] is None
    sent["parameters"] = {"dilate_px": ""}
    assert packed.client.post("/v1/edits", json=sent).json()["parameters"]["dilate_px"] == 0


def test_unknown_names_are_still_refused_by_our_own_api(packed: Api) -> None:
    for more in ({"unknown": 1}, {"parameters": {"unknown": 1}}):
        sent = {"edit": "erase", "image": PHOTO, "mask": MASK, **more}
        error = packed.client.post("/v1/edits", json=sent).json()["error"]
        assert error["field"].endswith("unknown")
        assert error["message"].endswith("unknown: there is no such field")


@pytest.mark.parametrize("nothing", NOTHING)
def test_nothing_in_a_required_field_is_missing(packed: Api, nothing: Any) -> None:
    reply = packed.client.post("/v3/async/image-eraser", json={"image": nothing, "mask": MASK}).json()
    assert reply["message"] == "image: is required"
    sent = {"image": nothing, "edit": "erase", "mask": MASK}
    assert packed.client.post("/v1/edits", json=sent).json()["error"]["message"] == "image: is required"


@pytest.mark.parametrize("path", [SUBMIT, "/v3/async/image-eraser", "/v1/edits"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[NaN]", "{}".encode("utf-16"), b"[" * 3000, b'{"a":1e999}', b"\xed\xa0\x80"]
)
def test_broken_bodies(packed: Api, path: str, body: bytes) -> None:
    reply = packed.client.post(path, data=body, headers=HEADERS)
    assert reply.status_code == 400
    assert not PYTHON.search(reply.text)


def test_a_byte_order_mark(packed: Api) -> None:
    for path, sent in ((SUBMIT, DASHSCOPE[0]), ("/v3/async/image-eraser", NOVITA), ("/v1/edits", NATIVE[2])):
        body = b"\xef\xbb\xbf" + json.dumps(sent).encode()
        assert packed.client.post(path, data=body, headers=HEADERS).status_code in (200, 202)
