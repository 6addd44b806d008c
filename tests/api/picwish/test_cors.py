"""Web pages of another origin: the preflight comes without a key."""

from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.dashscope.conftest import SUBMIT
from tests.api.picwish.conftest import CREATE, DISC, Client, rectangles
from tests.api.servers import served, settings_for

from cleanplate.app import build

ORIGIN = "https://shop.example.com"
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "x-api-key",
}


def preflight(base: str, path: str = CREATE) -> requests.Response:
    return requests.options(base + path, headers=PREFLIGHT, timeout=10)


def test_a_page_may_post_and_read_the_result(client: Client) -> None:
    asked = preflight(client.base)
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == "*"
    assert asked.headers["access-control-allow-headers"] == "x-api-key"
    client.session.headers["Origin"] = ORIGIN
    reply = client.create(data={"sync": "1", "rectangles": rectangles(DISC)})
    assert reply.headers["access-control-allow-origin"] == "*"
    image = requests.get(reply.json()["data"]["image"], headers={"Origin": ORIGIN}, timeout=10)
    assert image.headers["access-control-allow-origin"] == "*"


def test_a_page_of_the_internet_may_call_a_server_at_home(waiting: Client) -> None:
    headers = {**PREFLIGHT, "Access-Control-Request-Private-Network": "true"}
    asked = requests.options(waiting.base + CREATE, headers=headers, timeout=10)
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-private-network"] == "true"


def test_a_page_can_read_errors(waiting: Client) -> None:
    refused = requests.post(waiting.base + CREATE, headers={"Origin": ORIGIN}, timeout=10)
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", [SUBMIT, "/v3/async/image-eraser", "/healthz"])
def test_other_apis_stay_closed(waiting: Client, path: str) -> None:
    asked = preflight(waiting.base, path)
    assert asked.status_code != 200
    assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize(
    ("allowed", "opens"), [((ORIGIN,), True), (("https://b.example",), False), ((), False)]
)
def test_the_setting(tmp_path: Path, allowed: Any, opens: bool) -> None:
    app = build(settings_for(tmp_path, cors_origins=allowed))
    with served(app, lifespan="off") as base:
        asked = preflight(base)
        assert (asked.headers.get("access-control-allow-origin") == ORIGIN) is opens
    app.state.close()
