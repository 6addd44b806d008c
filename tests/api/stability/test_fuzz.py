"""Whatever a form says, the reply is the vendor's JSON and never a fault of the server."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.api.servers import png
from tests.api.stability.conftest import Client

from cleanplate.api.stability.stability_bodies import OPERATIONS

TEXTS = (
    st.text(max_size=20) | st.integers().map(str) | st.sampled_from(["null", "0", "1", "png", "5.0", "-1"])
)
NAMES = ("grow_mask", "seed", "output_format", "left", "up", "creativity", "prompt", "search_prompt", "mask")
FIELDS = st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=6)
# Never a good image: it would wait for a worker that this server does not have.
FILES = st.one_of(st.binary(max_size=60), st.sampled_from([b"", b"null"]))
PATHS = st.sampled_from([f"/v2beta/stable-image/{one.path}" for one in OPERATIONS])


def check(reply: Any) -> None:
    assert 400 <= reply.status_code < 500
    found = reply.json()
    assert set(found) == {"id", "name", "errors"}
    assert found["name"] in ("bad_request", "payload_too_large")
    assert found["errors"][0]


@given(PATHS, FIELDS)
@example("/v2beta/stable-image/edit/erase", {"image": "https://h/a.png"})
def test_any_fields(waiting: Client, path: str, fields: dict[str, str]) -> None:
    check(waiting.post(path, files={"mask": ("m", png("mask"))}, data=fields))


@given(FILES, TEXTS)
def test_any_files(waiting: Client, mask: bytes, grow: str) -> None:
    # Opaque, and the mask is what stands for none or the number is wrong
    files = {"image": ("a", png("photo")), "mask": ("m", mask if mask in (b"", b"null") else b"")}
    check(waiting.post("/v2beta/stable-image/edit/erase", files=files, data={"grow_mask": grow}))


@given(PATHS, st.binary(max_size=200))
def test_any_bytes(waiting: Client, path: str, sent: bytes) -> None:
    check(waiting.post(path, data=sent))
