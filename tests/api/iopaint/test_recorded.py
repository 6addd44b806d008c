"""Requests as IOPaint's page and programs send them, and the replies that its schema has for them."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.api.iopaint.conftest import Client, opened
from tests.api.servers import data_uri, png
from tests.api.shapes import assert_like

PAIRS = json.loads(Path(__file__).with_name("recorded.json").read_text())["pairs"]
PICTURES = {
    "<photo>": data_uri(png("photo")),
    "<mask>": data_uri(png("mask")),
    "<small mask>": data_uri(png("mask", 40, 40)),
    "<clear>": data_uri(png("clear")),
}


@pytest.mark.parametrize(
    "pair", PAIRS, ids=[f"{n} {pair['status']} {pair['request']['path']}" for n, pair in enumerate(PAIRS)]
)
def test_pair(pair: dict[str, Any], client: Client) -> None:
    recorded = pair["request"]
    body = recorded["body"]
    text = None
    if body is not None:
        sent = {
            name: PICTURES.get(value, value) if isinstance(value, str) else value
            for name, value in body.items()
        }
        text = json.dumps(sent)
    reply = client.session.request(
        recorded["method"],
        client.base + recorded["path"],
        data=text,
        headers={"Content-Type": "application/json"},
        timeout=30,
    )
    assert reply.status_code == pair["status"], reply.text
    if pair["reply"] == "<image/png>":
        assert (reply.headers["content-type"], opened(reply.content).format) == ("image/png", "PNG")
    else:
        assert_like(reply.json(), pair["reply"])
