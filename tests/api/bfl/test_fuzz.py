"""Whatever a body says, the reply is the vendor's JSON and never a fault of the server."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.api.bfl.conftest import RESULT, SUBMIT, Client, body
from tests.api.novita.test_fuzz import JSON, STRINGS

NAMES = (
    "mask",
    "dilate_pixels",
    "output_format",
    "safety_tolerance",
    "seed",
    "webhook_url",
    "webhook_secret",
)
BODIES = st.fixed_dictionaries({"image": STRINGS}, optional=dict.fromkeys(NAMES, STRINGS | JSON))


def check(reply: Any) -> None:
    assert reply.status_code < 500
    found = reply.json()
    if reply.status_code == 200:
        assert set(found) in ({"id", "polling_url"}, {"id", "polling_url", "status", "webhook_url"})
    else:
        assert reply.status_code == 422
        (detail,) = found["detail"]
        assert set(detail) == {"type", "loc", "msg"}
        assert detail["loc"][0] == "body"
        assert detail["msg"]


@given(BODIES | JSON)
@example(body())
@example(body(seed=2**70))
@example(body(webhook_secret="\ud800"))
def test_any_json(waiting: Client, sent: object) -> None:
    check(waiting.post(SUBMIT, data=json.dumps(sent)))


@given(st.binary(max_size=200))
def test_any_bytes(waiting: Client, sent: bytes) -> None:
    check(waiting.post(SUBMIT, data=sent))


@given(st.text(max_size=40))
def test_any_task_id(waiting: Client, task_id: str) -> None:
    reply = waiting.get(RESULT, params={"id": task_id})
    assert reply.status_code in (200, 422)
    if reply.status_code == 200:
        assert reply.json()["status"] == "Task not found"
