"""What docs/reverse-proxy.md promises of nginx and Caddy, with TLS, before a real server."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import requests
from tests.api.raw import message, sized
from tests.api.servers import KEY, data_uri, png
from tests.api.vendors import NATIVE, VENDORS, Client, Vendor
from tests.e2e.proxies import LOG, TEST_KEY, Proxied, find, proxied

MIB: Final = 2**20
_PATIENCE_S: Final = 60.0
_ENDS: Final = {
    "dashscope": "SUCCEEDED",
    "novita": "TASK_STATUS_SUCCEED",
    "picwish": "1",
    "native": "succeeded",
    "bfl": "Ready",
}
POLLS: Final = 200
PLACES: Final = 8
BAD_GATEWAY: Final = 502

pytestmark = pytest.mark.skipif(
    not (find("nginx") and find("caddy") and shutil.which("openssl")),
    reason="Debian's packages nginx, caddy and openssl; CI installs them",
)


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    with proxied(request.param, tmp_path_factory.mktemp(request.param)) as front:
        yield front


def _ended(client: Client, task_id: str) -> str:
    deadline_s = time.monotonic() + _PATIENCE_S
    ends = re.compile(r"(?i)succe|ready|fail|cancel|error|moderated|^1$|^-")
    while not ends.search(word := client.word(task_id)):
        assert time.monotonic() < deadline_s, word
        time.sleep(0.05)
    return word


def _edit(front: Proxied, scenario: str = "ok", image: str = data_uri(png("photo"))) -> requests.Response:
    """Submit a simulated edit."""
    body = {"edit": "erase", "image": image, "mask": data_uri(png("mask"))}
    told = {"X-Cleanplate-Test": scenario}
    return front.request("POST", "/v1/edits", key=TEST_KEY, json=body, headers=told)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_task_of_each_dialect(front: Proxied, vendor: Vendor) -> None:
    with Client(vendor, front.base, KEY, front.certificate) as client:
        assert _ended(client, client.submitted()) == _ENDS[vendor.name]


def test_a_link_and_a_part_of_it(front: Proxied) -> None:
    with Client(NATIVE, front.base, KEY, front.certificate) as client:
        task_id = client.submitted()
        assert _ended(client, task_id) == "succeeded"
        link = client.polled(task_id).json()["results"][0]["url"]
    assert link.startswith(front.base + "/")
    whole = front.request("GET", link, key="")
    assert whole.content.startswith(b"\x89PNG")
    part = front.request("GET", link, headers={"Range": "bytes=2-99"})
    assert (part.status_code, part.content) == (206, whole.content[2:100])
    assert part.headers["Content-Range"] == f"bytes 2-99/{len(whole.content)}"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"


def test_events_come_as_they_happen(front: Proxied) -> None:
    """The edit runs longer than anybody here waits: a proxy that gathers the reply shows nothing of it."""
    task_id = _edit(front, "slow=600").json()["id"]
    with requests.Session() as client:
        client.trust_env = False
        head = {"Authorization": f"Bearer {TEST_KEY}"}
        url = f"{front.base}/v1/edits/{task_id}/events"
        with client.get(url, headers=head, verify=front.certificate, stream=True, timeout=30) as stream:
            states = _states(stream)
            assert next(states) in ("queued", "running")
            assert front.request("DELETE", f"/v1/edits/{task_id}", key=TEST_KEY).ok
            assert list(states)[-1] == "cancelled"


def _states(stream: requests.Response) -> Iterator[str]:
    for line in stream.iter_lines(chunk_size=1):
        if line.startswith(b"data: ") and "state" in (told := json.loads(line[6:])):
            yield told["state"]


def test_a_body_of_40_mb(front: Proxied) -> None:
    image = data_uri(png("photo")) + "A" * (40 * MIB)
    reply = _edit(front, image=image)
    assert reply.status_code == 202, reply.text


def test_a_body_that_is_too_large_is_refused_in_the_servers_words(front: Proxied) -> None:
    reply = _edit(front, image="A" * (65 * MIB))
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "input-too-large")


def test_no_poll_of_200_fails(front: Proxied) -> None:
    task_id = _edit(front).json()["id"]
    with Client(NATIVE, front.base, TEST_KEY, front.certificate) as client:
        assert {client.polled(task_id).status_code for _ in range(POLLS)} == {200}


def test_a_refusal_says_when_to_come_again(front: Proxied) -> None:
    reply = _edit(front, "rate-limit")
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "rate-limit")
    assert int(reply.headers["Retry-After"]) > 0


def test_the_id_of_a_request_goes_there_and_back(front: Proxied) -> None:
    told = front.request("GET", "/v1/edits", headers={"X-Request-Id": "shop-order-1234"})
    assert told.headers["X-Request-Id"] == "shop-order-1234"
    assert len(front.request("GET", "/v1/edits").headers["X-Request-Id"]) >= 8


@pytest.mark.parametrize(
    "target",
    [
        "/v1/edits/a%2Fb",
        "/v1/edits/a%252Fb",
        "/v1/%65dits",
        "//v1/edits",
        "/v1/edits/x%2F..%2F",
        "/v1/edits?x=%2f+",
    ],
)
def test_a_path_goes_on_as_it_was_written(front: Proxied, target: str) -> None:
    """The server says the same to it with the proxy between as without."""
    direct = ("127.0.0.1", front.server.port)
    parts = urlsplit(front.base)
    head = message(
        "GET", target, {"Host": parts.netloc, "Authorization": f"Bearer {KEY}", "Connection": "close"}, b""
    )
    with socket.create_connection(direct, timeout=_PATIENCE_S) as plain, _secured(front) as secured:
        assert _told(plain, head) == _told(secured, head)


def _secured(front: Proxied) -> ssl.SSLSocket:
    trusted = ssl.create_default_context(cafile=front.certificate)
    parts = urlsplit(front.base)
    plain = socket.create_connection(("127.0.0.1", parts.port or 0), timeout=_PATIENCE_S)
    return trusted.wrap_socket(plain, server_hostname=parts.hostname)


def _told(connection: socket.socket, request: bytes) -> tuple[str, Any]:
    """Status and body, without the id that is new each time."""
    connection.sendall(request)
    told = b""
    while data := connection.recv(65536):
        told += data
    while told.startswith(b"HTTP/1.1 100 "):  # said once more
        told = told.partition(b"\r\n\r\n")[2]
    head, _, body = told.partition(b"\r\n\r\n")
    return head.split()[1].decode(), re.sub(rb"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}", b"", body)


def test_a_client_that_asks_before_it_sends(front: Proxied) -> None:
    body = json.dumps(
        {"edit": "erase", "image": data_uri(png("photo")), "mask": data_uri(png("mask"))}
    ).encode()
    head = {"Authorization": f"Bearer {TEST_KEY}", "Content-Type": "application/json", "Connection": "close"}
    head |= {"Host": urlsplit(front.base).netloc, "Expect": "100-continue"}
    with _secured(front) as connection:
        connection.sendall(message("POST", "/v1/edits", sized(head, body), b""))
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        assert _told(connection, body)[0] == "202"


def test_http_2(front: Proxied) -> None:
    curl = find("curl")
    if (
        curl is None
        or b"HTTP2" not in subprocess.run([curl, "--version"], capture_output=True, check=True).stdout
    ):
        pytest.skip("no curl, or one without HTTP/2")
    command = [curl, "-sS", "--noproxy", "*", "--http2", "--cacert", front.certificate, "-o", "/dev/null"]
    command += ["-w", "%{http_version} %{response_code}", "-H", f"Authorization: Bearer {KEY}"]
    told = subprocess.run([*command, f"{front.base}/v1/edits"], capture_output=True, text=True, check=True)
    assert told.stdout == "2 200"


def test_without_tls_clients_are_sent_on(front: Proxied) -> None:
    if not front.plain:
        pytest.skip("Caddy does so by itself, on port 80 alone")
    with requests.Session() as client:
        client.trust_env = False
        reply = client.get(f"{front.plain}/v1/edits?x=1", allow_redirects=False, timeout=10)
    assert (reply.status_code, reply.headers["Location"]) == (308, "https://localhost/v1/edits?x=1")


def test_links_without_a_public_url_and_what_nginx_logs_of_them(tmp_path: Path) -> None:
    with (
        proxied("nginx", tmp_path, public_url="") as front,
        Client(NATIVE, front.base, TEST_KEY, front.certificate) as client,
    ):
        task_id = client.submitted()
        assert _ended(client, task_id) == "succeeded"
        link = client.polled(task_id).json()["results"][0]["url"]
        assert link.startswith(front.base + "/"), "as the client called it: https://, and its port"
        told = front.request("GET", link, key="")
        assert told.status_code == 200
    parts, log = urlsplit(link), (tmp_path / LOG).read_text()
    (line,) = [line for line in log.splitlines() if parts.path in line]
    assert line.endswith(told.headers["X-Request-Id"])
    assert parts.query
    assert parts.query not in log


@pytest.mark.parametrize("program", ["nginx", "caddy"])
def test_a_server_that_is_killed_and_comes_again(program: str, tmp_path: Path) -> None:
    with (
        proxied(program, tmp_path) as front,
        Client(NATIVE, front.base, KEY, front.certificate) as client,
    ):
        task_ids = [client.submitted() for _ in range(3)]
        front.server.kill()
        assert client.polled(task_ids[0]).status_code == BAD_GATEWAY
        front.server.start()
        assert client.polled(task_ids[0]).status_code == 200
        assert {_ended(client, task_id) for task_id in task_ids} == {"succeeded"}


def test_all_connections_of_a_proxy_are_of_one_address(tmp_path: Path) -> None:
    """The cap for one address is one for all clients then: who is served stays, the next is told 503."""
    with proxied("nginx", tmp_path, connections_per_address=str(PLACES)) as front, ExitStack() as stack:
        task_id = _edit(front, "slow=600").json()["id"]
        client = stack.enter_context(requests.Session())
        client.trust_env = False
        replies = [
            stack.enter_context(
                client.get(
                    f"{front.base}/v1/edits/{task_id}/events",
                    headers={"Authorization": f"Bearer {TEST_KEY}"},
                    verify=front.certificate,
                    stream=True,
                    timeout=30,
                )
            )
            for _ in range(PLACES + 4)
        ]
        assert [reply.status_code for reply in replies] == [200] * PLACES + [503] * 4
        assert {reply.headers["Retry-After"] for reply in replies[PLACES:]} == {"1"}
        assert all(next(reply.iter_lines(chunk_size=1)) == b"event: state" for reply in replies[:PLACES])
