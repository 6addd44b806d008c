"""Who needs no key, and whom a browser sends in vain."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.api.iopaint.conftest import INPAINT, Client
from tests.api.servers import KEY, served, settings_for

from cleanplate.access.loopback import asks_from_here, is_loopback
from cleanplate.app import build

HOST = {"host": "127.0.0.1:8080"}


@pytest.mark.parametrize(
    ("headers", "welcome"),
    [
        ({}, True),
        ({"host": "localhost:8080"}, True),
        ({"host": "[::1]:8080"}, True),
        ({"host": "LocalHost"}, True),
        ({"host": "evil.example"}, False),  # DNS rebinding: the name leads here, and is not ours
        ({"host": "127.0.0.1.evil.example"}, False),
        ({"host": "evil.example:8080"}, False),
        ({"host": ""}, False),
        ({"host": "[::1"}, False),
        ({"host": "10.0.0.5:8080"}, False),
        ({"origin": "http://127.0.0.1:8080"}, True),
        ({"origin": "http://127.0.0.1:9000"}, False),  # another program's page
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://shop.example.com"}, True),  # listed
        ({"origin": "http://[::1"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"x-forwarded-for": "203.0.113.7"}, False),
        ({"forwarded": "for=203.0.113.7"}, False),
        ({"via": "1.1 proxy"}, False),
    ],
)
def test_who_asks_from_here(headers: Mapping[str, str], welcome: bool) -> None:
    origins = ("*", "https://shop.example.com")
    assert asks_from_here("127.0.0.1", {**HOST, **headers}, origins) is welcome


@pytest.mark.parametrize("address", ["10.0.0.7", "203.0.113.7", "::ffff:10.0.0.7", None, "", "testclient"])
def test_who_asks_from_elsewhere(address: str | None) -> None:
    assert not asks_from_here(address, HOST, ())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com", "", "*"])  # noqa: S104
def test_what_is_not_this_machine_alone(host: str) -> None:
    assert not is_loopback(host)


def test_a_good_request_that_a_page_of_another_origin_makes(client: Client) -> None:
    assert client.post(INPAINT, json={}, headers={"Origin": client.base}).status_code == 422
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        reply = client.post(INPAINT, json={}, headers=headers)
        assert reply.status_code == 401
        assert reply.json()["detail"].startswith("An API key is needed")
        assert reply.headers["WWW-Authenticate"] == "Bearer"
    # with a key it may
    good = {"Authorization": f"Bearer {KEY}", "Origin": "https://evil.example"}
    reply = client.post(INPAINT, json={}, headers=good)
    assert reply.status_code == 422
    assert "X-Seed" in reply.headers["Access-Control-Expose-Headers"]


def test_a_wrong_key_is_not_forgiven(client: Client) -> None:
    reply = client.get("/api/v1/model", headers={"Authorization": "Bearer wrong"})
    assert reply.status_code == 401


def test_no_other_api_is_opened(client: Client) -> None:
    assert client.get("/v1/edits").status_code == 401
    assert client.get("/api/v1/tasks").status_code == 401


@pytest.mark.parametrize("more", [{"host": "0.0.0.0"}, {"public_url": "https://plates.example.com"}])  # noqa: S104
def test_a_server_for_others_wants_a_key_of_everybody(tmp_path: Path, more: Any) -> None:
    app = build(settings_for(tmp_path, iopaint="on", **more))
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        assert client.get("/api/v1/server-config").status_code == 401
        good = {"Authorization": f"Bearer {KEY}"}
        assert client.get("/api/v1/server-config", headers=good).status_code == 200
    app.state.close()


@pytest.fixture(scope="module")
def off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    app = build(settings_for(tmp_path_factory.mktemp("off")))
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        yield client
    app.state.close()


@pytest.mark.parametrize(
    "path", ["/api/v1/server-config", "/api/v1/model", "/socket.io/?EIO=4&transport=polling"]
)
def test_it_is_off_unless_it_is_switched_on(off: Client, path: str) -> None:
    assert off.get(path).status_code in (401, 404)
    assert off.get(path, headers={"Authorization": f"Bearer {KEY}"}).status_code == 404
