"""Requests recorded from the vendor's clients, sent again byte for byte (only the picture's host differs)."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())["requests"]
PICTURE_SERVER = "http://h"


def replay(recorded: dict[str, Any], live: str, pictures: str) -> requests.Response:
    body = recorded["body"]
    text = "" if body is None else json.dumps(body, ensure_ascii=False).replace(PICTURE_SERVER, pictures)
    return requests.request(
        recorded["method"],
        live + recorded["path"],
        headers=recorded["headers"],
        data=text.encode(),
        timeout=10,
    )


def named(*words: str) -> list[Any]:
    """The recordings whose label or path holds one of the words."""
    return [
        pytest.param(recorded, id=f"{recorded['client']}, {recorded['label']}, {recorded['method']}")
        for recorded in RECORDED
        if any(word in recorded["label"] + recorded["path"] for word in words)
    ]


@pytest.mark.parametrize("recorded", [*named("erase extra_input")])
def test_erase(recorded: dict[str, Any], live: str, pictures: str) -> None:
    reply = replay(recorded, live, pictures)
    if "raw" in recorded["label"]:  # a file:// URL that no client has uploaded
        assert reply.status_code == 400
        assert reply.json()["code"] == "InvalidParameter"
    else:
        assert reply.status_code == 200
        assert reply.json()["output"]["task_status"] == "PENDING"


@pytest.mark.parametrize("recorded", named("images.generate"))
def test_an_uploaded_file_that_is_not_here(recorded: dict[str, Any], live: str, pictures: str) -> None:
    reply = replay(recorded, live, pictures)
    assert reply.status_code == 400
    assert reply.json()["code"] == "InvalidParameter.DataInspection"


@pytest.mark.parametrize("recorded", named("list "))
def test_list(recorded: dict[str, Any], live: str, pictures: str) -> None:
    reply = replay(recorded, live, pictures)
    assert reply.status_code == 200
    assert isinstance(reply.json()["data"], list)


@pytest.mark.parametrize("recorded", named("cancel"))
def test_query_and_cancel_of_a_task_that_is_gone(recorded: dict[str, Any], live: str, pictures: str) -> None:
    reply = replay(recorded, live, pictures)
    if "/cancel" in recorded["path"]:
        assert reply.json()["code"] == "UnsupportedOperation"
    elif "?" not in recorded["path"]:
        assert reply.json()["output"]["task_status"] == "UNKNOWN"
    else:
        assert reply.json()["total"] >= 0
