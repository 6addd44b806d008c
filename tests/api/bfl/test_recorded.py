"""Requests as the vendor's documentation shows them, and the replies that it has for them."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.bfl.conftest import Client
from tests.api.shapes import assert_like

PAIRS = json.loads(Path(__file__).with_name("recorded.json").read_text())["pairs"]


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{n} {pair['status']}" for n, pair in enumerate(PAIRS)])
def test_pair(pair: dict[str, Any], client: Client, pictures: str) -> None:
    asked = pair["request"]
    path = asked["path"]
    if "{task_id}" in path:
        path = path.format(task_id=client.erased(seed=7)["id"])
    text = "" if asked["body"] is None else json.dumps(asked["body"]).replace("http://h", pictures)
    reply = requests.request(
        asked["method"], client.base + path, headers=asked["headers"], data=text, timeout=10
    )
    assert reply.status_code == pair["status"], reply.text
    assert_like(reply.json(), pair["reply"])
