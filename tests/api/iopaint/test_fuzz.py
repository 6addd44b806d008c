"""Whatever a body says, the reply is IOPaint's JSON or a picture, and never a fault of the server."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.api.iopaint.conftest import INPAINT, Client, body
from tests.api.servers import data_uri, png

WORDS = st.text(max_size=30)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
BROKEN = st.one_of(
    WORDS,
    WORDS.map(lambda tail: "data:image/png;base64," + tail),
    WORDS.map(lambda tail: "http://a@" + tail),
    st.sampled_from([data_uri(b""), "data:,", "https://[::1", "file:///etc/passwd"]),
)
NUMBERS = (
    "sd_seed",
    "sd_steps",
    "extender_x",
    "extender_y",
    "extender_width",
    "extender_height",
    "dilate_px",
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(NUMBERS, JSON),
        **dict.fromkeys(("use_extender", "use_croper", "prompt", "negative_prompt", "hd_strategy"), JSON),
    },
)
PATHS = st.sampled_from(
    ["run_plugin_gen_mask", "run_plugin_gen_image", "adjust_mask", "model", "switch_plugin_model", "gen-info"]
)
SENT = st.dictionaries(
    st.sampled_from(
        ["name", "image", "mask", "clicks", "scale", "operate", "kernel_size", "plugin_name", "model_name"]
    ),
    BROKEN | JSON | st.sampled_from(["RealESRGAN", "InteractiveSeg", "RemoveBG", "expand", "cleanplate"]),
)


def check(reply: Any) -> None:
    """A refusal in IOPaint's shape; what is good is left to other tests."""
    assert reply.status_code < 500, reply.text
    if reply.status_code >= 400:
        found = reply.json()
        assert set(found) == {"error", "detail", "body", "errors"}
        assert found["detail"]
        assert found["errors"]


@given(FIELDS, BROKEN | JSON)
@example({"sd_seed": 10**30}, "")
@example({"use_extender": True, "extender_x": -(2**70)}, None)
def test_any_inpaint(idle: Client, fields: dict[str, Any], mask: object) -> None:
    # Never a good one: it would wait for a worker that this server does not have.
    sent = body(mask=mask, image=data_uri(png("photo")), **fields) | {"image": "***"}
    reply = idle.post(INPAINT, data=json.dumps(sent))
    assert reply.status_code >= 400
    check(reply)


@given(JSON)
def test_any_json(idle: Client, sent: object) -> None:
    check(idle.post(INPAINT, data=json.dumps(sent)))


@given(st.binary(max_size=200))
def test_any_bytes(idle: Client, sent: bytes) -> None:
    check(idle.post(INPAINT, data=sent))


@given(PATHS, SENT | JSON)
def test_any_other(idle: Client, path: str, sent: object) -> None:
    check(idle.post(f"/api/v1/{path}", data=json.dumps(sent)))


@given(st.binary(max_size=300))
def test_any_text_in_a_picture(idle: Client, rest: bytes) -> None:
    data = b"\x89PNG\r\n\x1a\n" + rest
    reply = idle.post("/api/v1/gen-info", files={"file": ("a.png", data)})
    check(reply)
    assert reply.status_code != 200 or set(reply.json()) == {"prompt", "negative_prompt"}
