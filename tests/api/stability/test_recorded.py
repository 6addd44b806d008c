"""Requests as Stability's documentation shows them, and the replies that it has for them."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.servers import png
from tests.api.shapes import assert_like
from tests.api.stability.conftest import Client

PAIRS = json.loads(Path(__file__).with_name("recorded.json").read_text())["pairs"]


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{pair['path']} {pair['status']}" for pair in PAIRS])
def test_pair(pair: dict[str, Any], client: Client) -> None:
    parts = {
        name: (f"{name}.png", png(value[1:-1]), "image/png") if value.startswith("{") else (None, value)
        for name, value in pair["form"].items()
    }
    reply = requests.post(
        f"{client.base}/v2beta/stable-image/{pair['path']}", headers=pair["headers"], files=parts, timeout=60
    )
    assert reply.status_code == pair["status"], reply.text
    assert_like(reply.json(), pair["reply"])
