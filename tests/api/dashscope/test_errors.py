"""Keys first, and the vendor's shape for every error of the HTTP layer."""

import socket
import time
from urllib.parse import urlsplit

import pytest
from tests.api.dashscope.conftest import SUBMIT, Api, erase_body
from tests.api.servers import KEY

PATHS = [
    ("POST", SUBMIT),
    ("GET", SUBMIT),
    ("GET", "/api/v1/tasks"),
    ("GET", "/api/v1/tasks/x"),
    ("POST", "/api/v1/tasks/x/cancel"),
    ("GET", "/api/v1/no/such/path"),
    ("DELETE", "/api/v1"),
    ("GET", "/api/v1/"),
    ("GET", "/api%2Fv1/tasks"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "No API-key provided."),
        ("Bearer ", "No API-key provided."),
        (KEY, "No API-key provided."),
        (f"Basic {KEY}", "No API-key provided."),
        ("Bearer sk-wrong", "Invalid API-key provided."),
        (f"Bearer {KEY}x", "Invalid API-key provided."),
        ("Bearer \xe9\xff", "Invalid API-key provided."),
    ],
)
def test_nothing_is_told_without_a_key(api: Api, method: str, path: str, key: str, message: str) -> None:
    reply = api.client.request(method, path, headers={"Authorization": key.encode("latin-1")})
    assert reply.status_code == 401
    assert reply.json() == {
        "request_id": reply.headers["x-request-id"],
        "code": "InvalidApiKey",
        "message": message,
    }


def test_a_stored_key_counts_until_it_is_revoked(api: Api) -> None:
    info, secret = api.services.access.create("somebody")
    headers = {"Authorization": f"bearer {secret}"}
    assert api.client.get("/api/v1/tasks", headers=headers).status_code == 200
    api.services.access.revoke(info.id)
    assert api.client.get("/api/v1/tasks", headers=headers).status_code == 401


def test_an_oversized_body_without_a_key_is_not_read(api: Api) -> None:
    reply = api.client.post(SUBMIT, data=b" " * (21 * 2**20), headers={"Authorization": "Bearer x"})
    assert reply.status_code == 401


@pytest.mark.parametrize("path", ["/api/v1/no/such/path", "/api/v1", "/api/v1/", "/api/v1/tasks/a/b/c"])
def test_unknown_paths(api: Api, path: str) -> None:
    reply = api.client.get(path)
    assert reply.status_code == 404
    answer = reply.json()
    assert (answer["request_id"], answer["code"]) == (reply.headers["x-request-id"], "NotFound")
    assert answer["message"].startswith("Not found! This server serves: POST " + SUBMIT + ", ")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", SUBMIT), ("PUT", SUBMIT), ("POST", "/api/v1/tasks"), ("DELETE", "/api/v1/tasks/x")],
)
def test_wrong_methods(api: Api, method: str, path: str) -> None:
    reply = api.client.request(method, path)
    assert reply.status_code == 400
    assert reply.json()["code"] == "InvalidParameter"
    assert reply.json()["message"] == f"Request method '{method}' is not supported."


def test_a_fault_of_our_own_is_a_500_that_says_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(task_id: str) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(type(api.services.tasks), "get", staticmethod(broken))
    reply = api.client.get("/api/v1/tasks/x")
    assert reply.status_code == 500
    assert reply.json()["code"] == "InternalError"
    assert reply.json()["request_id"]
    assert "secret" not in reply.text
    assert reply.headers["connection"] == "close"


def test_a_disk_that_refuses_is_not_available(api: Api) -> None:
    # A file where the folder of the inputs should be: the real store refuses.
    folder = api.services.settings.data / "objects" / "inputs"
    parked = folder.rename(folder.with_name("parked")) if folder.exists() else None
    folder.parent.mkdir(exist_ok=True)
    folder.write_bytes(b"")
    try:
        reply = api.client.post(SUBMIT, json=erase_body())
    finally:
        folder.unlink()
        if parked is not None:
            parked.rename(folder)
    assert reply.status_code == 503
    assert reply.json()["code"] == "ModelUnavailable"
    assert str(folder) not in reply.text


@pytest.mark.parametrize(
    "end", [b"\r\n", b"Host: [\r\n", b"Host: a\r\nHost: b\r\n", b"Content-Length: x\r\n"]
)
def test_raw_requests_never_give_a_500(live: str, end: bytes) -> None:
    parts = urlsplit(live)
    head = f"GET /api/v1/tasks HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\n".encode()
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as connection:
        connection.sendall(head + end + b"Connection: close\r\n\r\n")
        status = int(connection.recv(4096).split()[1])
    assert status in (200, 400)


def test_the_server_survives_a_client_that_stops_half_way(live: str) -> None:
    parts = urlsplit(live)
    address = (parts.hostname or "", parts.port or 0)
    head = f"POST {SUBMIT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 900\r\n\r\n"
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(head.encode() + b"{")
    time.sleep(0.05)
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b" 200 " in connection.recv(4096)
