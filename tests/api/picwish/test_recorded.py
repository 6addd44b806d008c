"""Requests recorded from a client, sent again, and the replies the contract has for them."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.picwish.conftest import Client, rectangles
from tests.api.servers import png
from tests.api.shapes import assert_like

PAIRS = json.loads(Path(__file__).with_name("recorded.json").read_text())["pairs"]


def parts(recorded: list[dict[str, Any]]) -> list[tuple[str, tuple[Any, ...]]]:
    """The parts of a recorded form: texts as they were, with a test picture for the bytes of each file."""
    found: list[tuple[str, tuple[Any, ...]]] = []
    for part in recorded:
        if "value" in part:
            found.append((part["name"], (None, part["value"])))
        else:
            data = png("mask" if "mask" in part["name"] else "photo", 640, 512)
            found.append((part["name"], (part["filename"], data, part["type"])))
    return found


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{n} {pair['status']}" for n, pair in enumerate(PAIRS)])
def test_pair(pair: dict[str, Any], client: Client, pictures: str) -> None:
    recorded, body = pair["request"], pair["request"]["body"]
    path = recorded["path"]
    if "{task_id}" in path:
        path = path.format(
            task_id=client.done(rectangles=rectangles({"x": 1, "y": 1, "width": 9, "height": 9}))["task_id"]
        )
    content: dict[str, Any] = {}
    if isinstance(body, list):
        content = {"files": parts(body)}
    elif body is not None:
        content = {"data": {name: value.replace("http://h", pictures) for name, value in body.items()}}
    reply = requests.request(
        recorded["method"], client.base + path, headers=recorded["headers"], timeout=60, **content
    )
    assert reply.status_code == pair["status"], reply.text
    assert_like(reply.json(), pair["reply"])
