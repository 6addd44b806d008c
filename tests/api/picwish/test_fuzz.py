"""Whatever a form holds, the reply is the vendor's JSON and never a fault of the server."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.api.picwish.conftest import CREATE, DISC, Client, rectangles
from tests.api.servers import png

# Hypothesis tries strings of the source too; a good URL would want a stager, and none runs here.
WORDS = st.text(max_size=30).filter(lambda text: not text.strip().lower().startswith("http"))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
SIDES = st.fixed_dictionaries(dict.fromkeys(DISC, SCALARS))
RECTANGLES = (st.lists(SIDES, max_size=3) | JSON).map(json.dumps)
TEXTS = WORDS | st.text(max_size=20).map(lambda tail: "http://a@" + tail)
NAMES = ("image_url", "mask_url", "callback_url", "return_type", "sync", "image_file")
# sync=1 would wait for a worker that this server does not have
FIELDS = st.fixed_dictionaries({}, optional={**dict.fromkeys(NAMES, TEXTS), "rectangles": RECTANGLES}).filter(
    lambda fields: str(fields.get("sync", "")).strip() != "1"
)
FILES = st.fixed_dictionaries(
    {},
    optional={name: st.binary(max_size=40) | st.just(png("photo")) for name in ("image_file", "mask_file")},
)


def check(reply: Any) -> None:
    assert reply.status_code < 500
    found = reply.json()
    assert found["status"] == reply.status_code
    assert found["message"]
    if reply.status_code == 200:
        assert set(found["data"]) == {"task_id"}
    else:
        assert set(found) == {"status", "message"}


@given(FIELDS, FILES)
@example({"rectangles": rectangles(DISC)}, {"image_file": png("photo")})
@example({"rectangles": rectangles(DISC), "sync": "0"}, {"image_file": b""})
def test_any_form(waiting: Client, fields: dict[str, str], files: dict[str, bytes]) -> None:
    parts = {name: ("x", data) for name, data in files.items()}
    check(waiting.create(image=False, data=fields, files=parts))


@given(st.dictionaries(st.sampled_from([*NAMES, "rectangles"]), JSON) | JSON)
@example({"image_url": "http://a@h", "rectangles": [DISC]})
def test_any_json(waiting: Client, sent: Any) -> None:
    if isinstance(sent, dict) and str(sent.get("sync")).strip() == "1":
        del sent["sync"]
    body = json.dumps(sent)
    check(waiting.create(image=False, data=body, headers={"Content-Type": "application/json"}))


AS_JSON = {"Content-Type": "application/json"}
SIBLINGS = ("external/watermark-remove", "scale")
SIBLING_NAMES = (
    "file",
    "url",
    "image_url",
    "callback_url",
    "return_type",
    "scale_factor",
    "type",
    "fix_face",
)
SIBLING_FILES = st.fixed_dictionaries(
    {},
    optional={name: st.binary(max_size=40) | st.just(png("photo")) for name in ("file", "image_file")},
)


@given(
    st.sampled_from(SIBLINGS),
    st.fixed_dictionaries({}, optional=dict.fromkeys(SIBLING_NAMES, TEXTS)),
    SIBLING_FILES,
)
@example("scale", {"scale_factor": "4"}, {"image_file": png("photo")})
def test_any_sibling(waiting: Client, path: str, fields: dict[str, str], files: dict[str, bytes]) -> None:
    parts: dict[str, Any] = {name: ("x", data) for name, data in files.items()} or {"x": (None, b"y")}
    address = f"{waiting.base}/api/tasks/visual/{path}"
    check(waiting.session.post(address, timeout=30, data=fields, files=parts))


@given(st.sampled_from(SIBLINGS), st.dictionaries(st.sampled_from(SIBLING_NAMES), JSON) | JSON)
def test_any_sibling_in_json(waiting: Client, path: str, sent: Any) -> None:
    check(
        waiting.session.post(
            f"{waiting.base}/api/tasks/visual/{path}", timeout=30, data=json.dumps(sent), headers=AS_JSON
        )
    )


@given(
    st.binary(max_size=200)
    | st.binary(max_size=100).map(lambda tail: b"--x\r\nContent-Disposition: " + tail),
    st.sampled_from(
        [
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=x; charset=\\",
            "multipart/form-data; boundary=x; charset=undefined",
            "multipart/form-data; boundary=x; charset=utf-7",
            "multipart/form-data; boundary=" + "x" * 300,
            "application/x-www-form-urlencoded",
            "application/json",
            "text/plain; charset=x",
            "",
        ]
    ),
)
@example(
    b'--x\r\nContent-Disposition: form-data; name="image_url"\r\n\r\n+2AA-\r\n--x--',
    "multipart/form-data; boundary=x; charset=undefined",
)
@example(
    b'--x\r\nContent-Disposition: form-data; name="callback_url"\r\n\r\nhttp://h/+2AA-\r\n--x--',
    "multipart/form-data; boundary=x; charset=utf-7",
)
@example(
    b'--x\r\nContent-Disposition: form-data; name="image_file"; filename=""\r\n\r\n\r\n--x--',
    "multipart/form-data; boundary=x",
)
def test_any_bytes(waiting: Client, body: bytes, content_type: str) -> None:
    check(waiting.create(image=False, data=body, headers={"Content-Type": content_type}))


@given(st.text(max_size=40).map(lambda text: text.replace("/", "").replace("?", "").replace("#", "")))
def test_any_task_id(waiting: Client, task_id: str) -> None:
    reply = waiting.get(f"{CREATE}/{task_id}x")
    assert reply.status_code == 404
    check(reply)
