"""Requests recorded from clients, sent again, and the replies the contract has for them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.openai.conftest import Client
from tests.api.shapes import assert_like

PAIRS = json.loads(Path(__file__).with_name("recorded.json").read_text())["pairs"]


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["client"] for pair in PAIRS])
def test_pair(pair: dict[str, Any], client: Client) -> None:
    recorded = pair["request"]
    reply = requests.request(
        recorded["method"],
        client.base + recorded["path"],
        headers=recorded["headers"],
        data=base64.b64decode(recorded["body"]),
        timeout=60,
    )
    assert reply.status_code == pair["status"], reply.text
    assert_like(reply.json(), pair["reply"])
    assert reply.headers["x-request-id"]
