"""Whatever a body says, the reply is the vendor's JSON and never a fault of the server."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.api.novita.conftest import RESULT, SUBMIT, Client, body
from tests.api.novita.test_siblings import upscale
from tests.api.servers import data_uri, png

# Hypothesis tries strings of the source too; a good URL would want a stager, and none runs here.
WORDS = st.text(max_size=30).filter(lambda text: not text.strip().lower().startswith("http"))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
STRINGS = st.one_of(
    WORDS,
    st.text(max_size=30).map(lambda tail: "data:image/png;base64," + tail),
    st.text(max_size=30).map(lambda tail: "http://a@" + tail),
    st.sampled_from([data_uri(png("photo")), data_uri(b""), "data:,", "https://[::1"]),
)
HOOKS = st.fixed_dictionaries(
    {}, optional={"url": STRINGS, "test_mode": st.fixed_dictionaries({}, optional={"enabled": JSON}) | JSON}
)
EXTRA = st.fixed_dictionaries({}, optional={"webhook": HOOKS | JSON, "response_image_type": JSON})
NAMES = ("image", "mask", "prompt", "output_format", "image_file", "mask_file")
BODIES = st.fixed_dictionaries(
    {"image": STRINGS}, optional={**dict.fromkeys(NAMES[1:], STRINGS | JSON), "extra": EXTRA | JSON}
)


def check(reply: Any) -> None:
    assert reply.status_code < 500
    found = reply.json()
    if reply.status_code == 200:
        assert set(found) == {"task_id"}
    else:
        assert set(found) == {"code", "reason", "message", "metadata"}
        assert found["code"] == reply.status_code
        assert found["reason"].isupper()
        assert found["message"]


@given(BODIES | JSON)
@example(body())
@example(body(extra={"webhook": {"url": "http://h/\ud800"}}))
def test_any_json(waiting: Client, sent: object) -> None:
    check(waiting.post(SUBMIT, data=json.dumps(sent)))


@given(st.binary(max_size=200))
def test_any_bytes(waiting: Client, sent: bytes) -> None:
    check(waiting.post(SUBMIT, data=sent))


@given(st.dictionaries(st.sampled_from(["image_file", "extra"]), STRINGS | EXTRA | JSON))
def test_any_cleanup(waiting: Client, sent: dict[str, object]) -> None:
    # Never a good one: it would wait for a worker that this server does not have.
    check(waiting.post("/v3/cleanup", data=json.dumps({**sent, "mask_file": "***"})))


INNER = ("model_name", "image_base64", "mask_image_base64", "prompt", "scale_factor", "seed", "image_num")
SIBLING = st.fixed_dictionaries(
    {},
    optional={
        "request": st.dictionaries(st.sampled_from(INNER), STRINGS | JSON) | JSON,
        **dict.fromkeys(("prompt", "width", "height", "center_x"), JSON),
        "extra": EXTRA | JSON,
    },
)


@given(st.sampled_from(["remove-text", "remove-background", "outpainting"]), SIBLING)
def test_any_sibling_at_once(waiting: Client, path: str, sent: dict[str, object]) -> None:
    # Never a good one, as above
    check(waiting.post(f"/v3/{path}", data=json.dumps({**sent, "image_file": "***"})))


@given(st.sampled_from(["inpainting", "upscale"]), SIBLING | JSON)
@example("upscale", upscale())
def test_any_sibling_later(waiting: Client, path: str, sent: object) -> None:
    check(waiting.post(f"/v3/async/{path}", data=json.dumps(sent)))


@given(st.text(max_size=40))
def test_any_task_id(waiting: Client, task_id: str) -> None:
    reply = waiting.get(RESULT, params={"task_id": task_id})
    assert reply.status_code in (400, 404)
    check(reply)
