"""Connections that only wait: they end in time, and nobody is kept out by them."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from tests.api.dashscope.conftest import HEADERS
from tests.api.raw import message
from tests.api.servers import KEY, Api, settings_for, waiting

HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX-"
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Strangers are waited for half a second, clients with a key a minute."""
    timeouts = {"head_timeout_s": 0.5, "idle_timeout_s": 0.5, "write_timeout_s": 0.5}
    with waiting(settings_for(tmp_path_factory.mktemp("hurried"), **timeouts)) as api:
        yield api


@contextmanager
def connected(api: Api, *, address: str = "127.0.0.1", receive_bytes: int = 0) -> Iterator[socket.socket]:
    parts = urlsplit(api.base)
    with socket.socket() as connection:
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.settimeout(PATIENCE_S)
        connection.bind((address, 0))
        connection.connect((parts.hostname or "", parts.port or 0))
        yield connection


def received(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    told = b""
    while part := connection.recv(65536):
        told += part
    return told


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False
    finally:
        connection.settimeout(PATIENCE_S)


def until(true: Callable[[], bool]) -> bool:
    """Whether it becomes true within the patience."""
    end = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def test_a_head_that_is_not_finished_is_told_so(hurried: Api) -> None:
    with connected(hurried) as connection:
        connection.sendall(HALF)
        assert received(connection).startswith(b"HTTP/1.1 408 ")


def test_bytes_that_trickle_in_win_no_time(hurried: Api) -> None:
    with connected(hurried) as connection:
        connection.sendall(HALF)
        with pytest.raises(OSError, match=r"pipe|reset"):
            for _ in range(200):
                time.sleep(0.05)
                connection.sendall(b"a")


def test_the_second_head_of_a_connection_has_its_time_too(hurried: Api) -> None:
    with connected(hurried) as connection:
        connection.sendall(message("GET", "/v1/edits", HEADERS, b"") + HALF)
        connection.sendall(HALF)
        told = received(connection)
        assert told.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in told


def test_who_says_nothing_is_let_go(hurried: Api) -> None:
    with connected(hurried) as connection:
        assert received(connection) == b""


def test_empty_lines_win_no_time(hurried: Api) -> None:
    with connected(hurried) as connection:
        connection.sendall(b"\r\n")
        assert received(connection) == b""


def test_nor_do_they_between_requests(hurried: Api) -> None:
    with connected(hurried) as connection:
        connection.sendall(message("GET", "/v1/edits", HEADERS, b""))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"\r\n")
        assert received(connection).count(b"HTTP/1.1") == 0


def test_strangers_are_idle_for_less_time_than_clients(hurried: Api) -> None:
    with connected(hurried) as stranger, connected(hurried) as client:
        client.sendall(message("GET", "/v1/edits", HEADERS, b""))
        stranger.sendall(message("GET", "/v1/edits", {}, b""))
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert received(stranger).startswith(b"HTTP/1.1 401 ")
        assert is_open(client)


def test_a_reply_that_is_not_read_ends(hurried: Api) -> None:
    with connected(hurried, receive_bytes=4096) as connection:
        connection.sendall(message("GET", "/openapi.json", HEADERS, b"") * 400)
        assert until(lambda: len(_held(hurried)) == 0)


def _held(api: Api) -> list[str]:
    """Connections to the server that the kernel knows as established, from their clients' side."""
    port = f":{urlsplit(api.base).port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[2] for row in rows if row[1].endswith(port) and row[3] == "01"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Ten places, five for one address."""
    places = {"connections": 10, "connections_per_address": 5}
    with waiting(settings_for(tmp_path_factory.mktemp("small"), **places)) as api:
        yield api


def test_a_flood_from_one_address_pushes_itself_out(small: Api) -> None:
    with ExitStack() as stack:
        neighbour = stack.enter_context(connected(small, address="127.0.0.2"))
        neighbour.sendall(HALF)
        flood = [stack.enter_context(connected(small)) for _ in range(20)]
        assert until(lambda: [is_open(one) for one in flood] == [False] * 15 + [True] * 5)
        assert is_open(neighbour)


def test_a_flood_from_everywhere_pushes_itself_out(small: Api) -> None:
    with ExitStack() as stack:
        flood = [stack.enter_context(connected(small, address=f"127.0.1.{it}")) for it in range(1, 31)]
        assert requests.get(small.base, timeout=PATIENCE_S).status_code == 200
        assert until(lambda: sum(map(is_open, flood)) < 10)


def test_clients_that_are_served_are_not_pushed_out(small: Api) -> None:
    head = {**HEADERS, "Content-Length": "100"}
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(small, address=f"127.0.1.{it}")) for it in range(1, 11)]
        for client in clients:
            client.sendall(message("POST", "/v1/edits", {**head, "Expect": "100-continue"}, b""))
            assert client.recv(4096).startswith(b"HTTP/1.1 100 ")
        newcomer = stack.enter_context(connected(small, address="127.0.0.2"))
        told = received(newcomer)
        assert told.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 1\r\n" in told
        assert all(map(is_open, clients))


def test_a_key_that_is_none_holds_no_place(small: Api) -> None:
    head = {"Authorization": f"Bearer {KEY}x", "Content-Length": "100"}
    with ExitStack() as stack:
        for number in range(1, 11):
            stranger = stack.enter_context(connected(small, address=f"127.0.1.{number}"))
            stranger.sendall(message("POST", "/v1/edits", head, b"x"))
        assert requests.get(small.base, timeout=PATIENCE_S).status_code == 200
