"""Whatever a request holds, the reply has the vendor's shape and is never a fault of the server."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.api.openai.conftest import Client, data_url, grey_mask, image, mask, refusal
from tests.api.servers import served, settings_for

from cleanplate.app import build


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server that nobody works in, and that waits for nothing."""
    app = build(settings_for(tmp_path_factory.mktemp("fuzz"), sync_timeout_s=0.01))
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        yield client
    app.state.close()


WORDS = st.text(max_size=30).filter(lambda text: not text.strip().lower().startswith("http"))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
ADDRESSES = st.sampled_from([data_url(image()), data_url(mask())])
PICTURES = JSON | ADDRESSES | st.fixed_dictionaries({"image_url": JSON | ADDRESSES})
LISTS = st.lists(PICTURES, max_size=3) | JSON
PARTS = st.sampled_from(["image", "image[]", "image[3]", "mask", "markup", "x"])
FORM = "multipart/form-data"
KINDS = (FORM, f"{FORM}; boundary=x", f"{FORM}; boundary=x; charset=utf-7", "application/json", "")
NAMES = (
    *("prompt", "model", "n", "size", "output_format", "output_compression", "response_format", "background"),
    *("quality", "stream", "partial_images", "mask_means", "image_alpha", "seed", "dilate_px", "feather_px"),
)
FILES = st.binary(max_size=40) | st.sampled_from([image(), mask(), grey_mask()])


def check(reply: Any) -> None:
    if reply.status_code == 200:  # a stream, whose task nobody did in time
        assert reply.text.startswith("event: error\n")
    elif reply.status_code == 504:
        assert refusal(reply) == (504, None, None)
    else:
        assert refusal(reply)[0] < 500


@given(
    st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=5),
    st.lists(st.tuples(PARTS, FILES), max_size=3),
)
@example({"prompt": ""}, [("image", image()), ("mask", mask())])
@example({"stream": "true"}, [("image", image()), ("mask", mask())])
@example({"size": "1x1", "n": "10"}, [("image[]", image())])
def test_any_form(impatient: Client, fields: dict[str, str], files: list[tuple[str, bytes]]) -> None:
    parts: list[Any] = [(name, ("x", data)) for name, data in files] or [("x", (None, b"y"))]
    check(impatient.post(files=parts, data=fields))


@given(
    st.fixed_dictionaries({}, optional={**dict.fromkeys(NAMES, JSON), "images": LISTS, "mask": PICTURES})
    | JSON
)
@example({"images": [{"image_url": data_url(image())}], "mask": data_url(mask()), "prompt": ""})
def test_any_json(impatient: Client, sent: Any) -> None:
    check(impatient.post(data=json.dumps(sent).encode(), headers={"Content-Type": "application/json"}))


@given(
    st.binary(max_size=200)
    | st.binary(max_size=100).map(lambda tail: b"--x\r\nContent-Disposition: " + tail),
    st.sampled_from(KINDS),
)
def test_any_bytes(impatient: Client, body: bytes, kind: str) -> None:
    check(impatient.post(data=body, headers={"Content-Type": kind}))


@given(st.text(max_size=40).map(lambda text: text.replace("/", "").replace("?", "").replace("#", "")))
def test_any_model(impatient: Client, name: str) -> None:
    reply = impatient.get(f"/v1/models/{name}x")
    assert refusal(reply)[0] == 404
