"""Whatever a body says, the reply is the vendor's JSON and never a fault of the server."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.api.dashscope.conftest import MODEL, SUBMIT, Api, erase_body
from tests.api.servers import data_uri, png

from cleanplate.api.dashscope.instructed_models import QWEN
from cleanplate.api.dashscope.wanx21_imageedit import FUNCTIONS

SERVICES = "/api/v1/services/aigc/"
GENERATION, OUT = SERVICES + "multimodal-generation/generation", SERVICES + "image2image/out-painting"

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
STRINGS = st.one_of(
    st.text(max_size=30),
    st.text(max_size=30).map(lambda tail: "data:image/png;base64," + tail),
    st.text(max_size=30).map(lambda tail: "oss://" + tail),
    st.text(max_size=30).map(lambda tail: "file://" + tail),
    st.sampled_from([data_uri(png("photo")), data_uri(b""), "data:,", "http://", "https://[::1"]),
)
NAMES = ("image_url", "mask_url", "foreground_url", "base_image_url", "mask_image_url", "prompt")
INPUTS = st.fixed_dictionaries({}, optional={name: st.one_of(STRINGS, JSON) for name in NAMES})
FLAGS = ("fast_mode", "dilate_flag", "add_watermark")
PARAMETERS = st.fixed_dictionaries({}, optional=dict.fromkeys(FLAGS, JSON))
EDITED = ("function", "base_image_url", "mask_image_url", "prompt", "negative_prompt")
FUNCTION = st.sampled_from(sorted(FUNCTIONS)) | JSON
SETTINGS = (
    *("n", "seed", "strength", "size", "style", "mask_color", "watermark", "is_sketch", "upscale_factor"),
    *("top_scale", "bottom_scale", "left_scale", "right_scale"),
)
VALUES = st.one_of(
    JSON,
    st.integers(0, 4),
    st.floats(0, 2),
    st.sampled_from(["1024*1024", "9x9", "<anime>", "#fff", "red", "[[1,2,3]]", "2", "1e3", "true"]),
    st.lists(st.lists(st.integers(-1, 256), min_size=3, max_size=3), max_size=3),
)
WORDED = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["wanx2.1-imageedit", "wanx-x-painting"]),
        "input": st.fixed_dictionaries(
            {"function": FUNCTION, "base_image_url": STRINGS, "mask_image_url": STRINGS},
            optional=dict.fromkeys(("prompt", "negative_prompt"), STRINGS | JSON),
        )
        | st.fixed_dictionaries({}, optional=dict.fromkeys(EDITED, JSON)),
    },
    optional={"parameters": st.fixed_dictionaries({}, optional=dict.fromkeys(SETTINGS, VALUES)) | JSON},
)
BODIES = st.fixed_dictionaries(
    {"model": st.just(MODEL) | JSON, "input": INPUTS | JSON}, optional={"parameters": PARAMETERS | JSON}
)


def check(reply: Any) -> None:
    assert reply.status_code < 500
    assert reply.headers["content-type"] == "application/json"
    body = reply.json()
    assert isinstance(body, dict)
    assert body["request_id"] == reply.headers["x-request-id"]
    if reply.status_code == 200:
        assert set(body["output"]) == {"task_id", "task_status"}
    else:
        assert body["code"]
        assert body["message"]


@given(BODIES | JSON)
@example(erase_body())
@example({"model": MODEL, "input": {"image_url": "a" * 100_000, "mask_url": "\x00"}})
def test_any_json(api: Api, body: object) -> None:
    check(api.client.post(SUBMIT, data=json.dumps(body)))


@given(WORDED, st.booleans())
@example({"model": "wanx-x-painting", "input": {"prompt": "x" * 10**6, "base_image_url": "oss://\x00"}}, True)
def test_any_painting_and_edit(packed: Api, body: object, resolve: bool) -> None:
    headers = {"X-DashScope-OssResourceResolve": "enable"} if resolve else {}
    check(packed.client.post(SUBMIT, data=json.dumps(body), headers=headers))


# Its reply waits for the end, and nobody works here: never a good picture
BAD_PARTS = st.fixed_dictionaries(
    {},
    optional={
        "image": st.sampled_from(["***", "data:,", "oss://x", "http://"]) | st.lists(JSON, max_size=2),
        "text": JSON,
    },
)
TURNS = st.lists(
    st.fixed_dictionaries({}, optional={"role": JSON, "content": st.lists(BAD_PARTS, max_size=4) | SCALARS}),
    max_size=2,
)


@given(
    st.sampled_from(sorted(QWEN)) | JSON,
    st.fixed_dictionaries({}, optional={"messages": TURNS | SCALARS}) | SCALARS,
    st.fixed_dictionaries({}, optional=dict.fromkeys(("n", "size", "seed", "watermark"), VALUES)) | JSON,
)
def test_any_conversation(packed: Api, model: object, given_input: object, parameters: object) -> None:
    sent = {"model": model, "input": given_input, "parameters": parameters}
    check(packed.client.post(GENERATION, data=json.dumps(sent), headers={"X-DashScope-Async": ""}))


OUT_PAINTING = (
    *("output_ratio", "x_scale", "y_scale", "left_offset", "right_offset", "top_offset", "bottom_offset"),
    *("angle", "best_quality", "limit_image_size", "add_watermark", "n", "size", "seed"),
)
SIBLINGS = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["image-out-painting", "image-instance-segmentation", "wan2.5-i2i-preview"]),
        "input": st.fixed_dictionaries(
            {"image_url": STRINGS, "images": st.lists(STRINGS, max_size=3) | JSON},
            optional={"prompt": STRINGS | JSON},
        )
        | JSON,
    },
    optional={"parameters": st.fixed_dictionaries({}, optional=dict.fromkeys(OUT_PAINTING, VALUES)) | JSON},
)


@given(st.sampled_from([SUBMIT, OUT]), SIBLINGS)
@example(OUT, {"model": "image-out-painting", "input": {"image_url": data_uri(png("photo"))}})
def test_any_sibling(packed: Api, path: str, sent: object) -> None:
    check(packed.client.post(path, data=json.dumps(sent)))


@given(st.binary(max_size=200) | st.text(max_size=50).map(lambda text: ('{"model":"' + text).encode()))
def test_any_bytes(api: Api, body: bytes) -> None:
    check(api.client.post(SUBMIT, data=body))


@given(
    st.dictionaries(
        st.sampled_from(
            ["page_no", "page_size", "start_time", "end_time", "status", "task_id", "model_name"]
        ),
        st.text(max_size=20) | st.integers().map(str) | st.sampled_from(["PENDING", "20261121000000"]),
    )
)
def test_any_list_query(api: Api, query: dict[str, str]) -> None:
    reply = api.client.get("/api/v1/tasks", params=query)
    assert reply.status_code in (200, 400)
    assert reply.json()["request_id"]
