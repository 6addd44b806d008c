"""Requests recorded from the vendor's clients, sent again, and the replies the contract has for them."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.novita.conftest import Client
from tests.api.shapes import assert_like

PAIRS = json.loads(Path(__file__).with_name("recorded.json").read_text())["pairs"]


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{n} {pair['status']}" for n, pair in enumerate(PAIRS)])
def test_pair(pair: dict[str, Any], client: Client, pictures: str) -> None:
    recorded = pair["request"]
    path = recorded["path"]
    if "{task_id}" in path:
        path = path.format(task_id=client.erased(output_format="png")["task"]["task_id"])
    body = recorded["body"]
    text = "" if body is None else json.dumps(body).replace("http://h", pictures)
    reply = requests.request(
        recorded["method"], client.base + path, headers=recorded["headers"], data=text, timeout=60
    )
    assert reply.status_code == pair["status"], reply.text
    assert_like(reply.json(), pair["reply"])
