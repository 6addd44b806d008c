"""Against real sockets on loopback: 127.0.0.1 plays the public internet, 127.0.0.2 a private host."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleanplate.errors import BadInput, DownloadFailed, InputTooLarge
from cleanplate.intake.fetch import Fetcher

LIMIT = 10_000
OPEN = (ip_network("127.0.0.1/32"),)
Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def site(handler: Handler, *, request_end: bytes = b"\r\n\r\n") -> AsyncIterator[str]:
    """A server of raw bytes; gives its address without a slash at the end."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(await reader.readuntil(request_end), writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def fetcher(
    *, timeout_s: float = 5.0, resolver: AbstractResolver | None = None, memory_bytes: int = 1 << 20
) -> AsyncIterator[Fetcher]:
    opened = Fetcher(OPEN, timeout_s=timeout_s, resolver=resolver, memory_bytes=memory_bytes)
    try:
        yield opened
    finally:
        await opened.close()


def answering(reply: bytes) -> Handler:
    async def handler(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)

    return handler


def reply(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(header.lower().startswith(("content-length", "transfer-encoding")) for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def fetch_from(handler: Handler, *, path: str = "/x.png", timeout_s: float = 5.0) -> bytes:
    async def run() -> bytes:
        async with site(handler) as base, fetcher(timeout_s=timeout_s) as opened:
            return await opened.fetch(base + path, LIMIT)

    return asyncio.run(run())


def refusal(url: str, *, allow_loopback: bool = False, resolver: AbstractResolver | None = None) -> str:
    async def run() -> str:
        opened = Fetcher(OPEN if allow_loopback else (), timeout_s=5.0, resolver=resolver)
        try:
            with pytest.raises(DownloadFailed) as caught:
                await opened.fetch(url, LIMIT)
            return caught.value.public
        finally:
            await opened.close()

    return asyncio.run(run())


def test_a_file_comes_whole() -> None:
    assert fetch_from(answering(reply(b"x" * LIMIT))) == b"x" * LIMIT


def test_what_does_not_fit_into_memory_waits_and_its_time_does_not_run() -> None:
    both, release = asyncio.Event(), asyncio.Event()
    asked: list[bytes] = []

    async def handler(request: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append(request)
        writer.write(reply(b"x" * 600)[:-1])
        await writer.drain()
        if len(asked) == 2:
            both.set()
        await release.wait()
        writer.write(b"x")

    async def run() -> None:
        async with site(handler) as base, fetcher(timeout_s=0.5, memory_bytes=1000) as opened:
            first = asyncio.create_task(opened.fetch(base + "/1", LIMIT, "a"))
            while not asked:
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.05)
            second = asyncio.create_task(opened.fetch(base + "/2", LIMIT, "b"))
            await both.wait()
            with pytest.raises(DownloadFailed, match="took too long"):
                await first
            await asyncio.sleep(0.2)
            release.set()
            assert await second == b"x" * 600

    asyncio.run(run())


def test_a_chunked_file_comes_whole() -> None:
    assert (
        fetch_from(answering(reply(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "Transfer-Encoding: chunked")))
        == b"abcde"
    )


def test_the_request_tells_nothing_and_asks_for_nothing_compressed() -> None:
    seen: list[bytes] = []

    async def handler(request: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(request.lower())
        writer.write(reply(b"x", "Set-Cookie: a=b"))

    async def run() -> None:
        async with site(handler) as base, fetcher() as opened:
            await opened.fetch(base + "/one", LIMIT)
            await opened.fetch(base + "/in%20put%2F1.png?a=%2B&b=%E5%86%99", LIMIT)
            await opened.fetch(base + "/写真 1.png", LIMIT)

    asyncio.run(run())
    assert b"accept-encoding: identity" in seen[0]
    assert not any(word in request for request in seen for word in (b"cookie", b"authorization", b"referer"))
    assert seen[1].startswith(b"get /in%20put%2f1.png?a=%2b&b=%e5%86%99 ")
    assert seen[2].startswith(b"get /%e5%86%99%e7%9c%9f%201.png ")


@pytest.mark.parametrize(
    "status", ["201 Created", "204 No Content", "206 Partial", "404 Not Found", "500 Oops"]
)
def test_other_answers_are_named(status: str) -> None:
    with pytest.raises(DownloadFailed, match=f"the server answered {status[:3]}"):
        fetch_from(answering(reply(b"", status=status)))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://[::1]:1/",
        "http://[::ffff:127.0.0.1]:1/",
        "http://0x7f.1:1/",
        "http://0x7f000001:1/",
        "http://localhost:1/",
        "http://localhost.:1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://0.0.0.0:1/",
        "http://[::]:1/",
        "http://[64:ff9b::7f00:1]:1/",
        "https://10.0.0.1/",
        "http://\uff11\uff12\uff17.0.0.1:1/",
        "http://⑯⑨.254.169.254/",
    ],
)
def test_by_default_no_private_address_is_dialled(url: str) -> None:
    assert refusal(url) in {
        "the address is not allowed",
        "the URL is not valid",
        "the host name was not found",
    }


@pytest.mark.parametrize("url", ["http://2130706433:1/", "http://127.1:1/", "http://017700000001:1/"])
def test_odd_spellings_of_loopback_are_refused_even_when_it_is_open(url: str) -> None:
    assert refusal(url, allow_loopback=True) == "the URL is not valid"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://h/x", "http://user@127.0.0.1/", "http://h:0/", "", "x"]
)
def test_what_is_no_plain_http_url_is_not_tried(url: str) -> None:
    assert "URL" in refusal(url, allow_loopback=True)


def test_the_log_names_the_address_and_the_caller_does_not_see_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert refusal("http://10.11.12.13/?signature=secret") == "the address is not allowed"
    assert [vars(record)["address"] for record in caplog.records] == ["10.11.12.13"]
    assert "secret" not in caplog.text


def redirecting(*locations: str) -> Handler:
    """Answers /n with a redirect to location n, and the path after the last with a picture."""

    async def handler(request: bytes, writer: asyncio.StreamWriter) -> None:
        step = int(request.split()[1].partition(b"?")[0].strip(b"/"))
        if step < len(locations):
            writer.write(reply(b"", f"Location: {locations[step]}", status="302 Found"))
        else:
            writer.write(reply(b"arrived"))

    return handler


def test_redirects_are_followed() -> None:
    assert fetch_from(redirecting("/1", "2", "x/../3?a=b#c", "./4", "/5"), path="/0") == b"arrived"


def test_five_redirects_and_no_more() -> None:
    assert fetch_from(redirecting(*(f"/{n}" for n in range(1, 6))), path="/0") == b"arrived"
    with pytest.raises(DownloadFailed, match="too many redirects"):
        fetch_from(redirecting(*(f"/{n}" for n in range(1, 7))), path="/0")


def test_a_redirect_loop_ends() -> None:
    with pytest.raises(DownloadFailed, match="too many redirects"):
        fetch_from(redirecting("/0"), path="/0")


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://127.0.0.2:1/", "not allowed"),
        ("//169.254.169.254/", "not allowed"),
        ("http://localhost.localdomain:bad/", "URL is not valid"),
        ("file:///etc/passwd", "URL is not valid"),
        ("gopher://127.0.0.1/", "URL is not valid"),
        ("javascript:alert(1)", "URL is not valid"),
        ("http://a:b@127.0.0.1/", "user name"),
        ("http://[/", "URL is not valid"),
    ],
)
def test_redirects_may_not_leave_the_open(location: str, words: str) -> None:
    with pytest.raises(DownloadFailed, match=words):
        fetch_from(redirecting(location), path="/0")


class Rebinding(AbstractResolver):
    """The first answer is an address that may be dialled; every later one is not."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        address = "127.0.0.1" if self.asked == 1 else "127.0.0.2"
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0),
        ]

    async def close(self) -> None:
        pass


class Nowhere(Rebinding):
    """No name has an address."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_a_name_that_changes_its_answer_is_caught() -> None:
    resolver = Rebinding()

    async def run() -> None:
        async with site(redirecting("/1")) as base, fetcher(resolver=resolver) as opened:
            await opened.fetch(base.replace("127.0.0.1", "rebind.example") + "/0", LIMIT)

    with pytest.raises(DownloadFailed, match="the address is not allowed"):
        asyncio.run(run())
    assert resolver.asked == 2


def test_a_slow_drip_is_cut_off() -> None:
    async def drip(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(b"", "Content-Length: 5000"))
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    with pytest.raises(DownloadFailed, match="took too long"):
        fetch_from(drip, timeout_s=0.3)


def test_a_host_that_stays_silent_is_not_asked_again_at_once() -> None:
    asked: list[str] = []

    async def silent(request: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append(request.split()[1].decode())
        if b"GET /to-" in request:
            target = "http://127.0.0.1:" + request.split()[1].decode().removeprefix("/to-")
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        elif b"GET /good" in request:
            writer.write(reply(b"x"))
            await writer.drain()
        else:
            await asyncio.sleep(60)

    async def run() -> None:
        async with site(silent) as dead, site(silent) as good, fetcher(timeout_s=0.3) as opened:
            lost = [opened.fetch(dead + "/dead", LIMIT, "a") for _ in range(4)]
            # It was not the host that sends on which said nothing
            port = dead.rpartition(":")[2]
            lost += [opened.fetch(f"{good}/to-{port}/dead", LIMIT, "a") for _ in range(4)]
            for failure in await asyncio.gather(*lost, return_exceptions=True):
                assert str(failure) == "the download took too long"
            asked.clear()
            for url in dead + "/dead", f"{good}/to-{port}/dead":
                with pytest.raises(DownloadFailed, match="the download took too long"):
                    await opened.fetch(url, LIMIT, "a")
            assert asked == [f"/to-{port}/dead"]
            assert await opened.fetch(good + "/good", LIMIT, "a") == b"x"
            assert await opened.fetch(dead + "/good", LIMIT, "b") == b"x"

    asyncio.run(run())


def test_a_silent_server_is_given_up() -> None:
    async def silent(request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    with pytest.raises(DownloadFailed, match="took too long"):
        fetch_from(silent, timeout_s=0.2)


@pytest.mark.parametrize("header", ["Connection: close", "Transfer-Encoding: chunked"])
def test_an_endless_body_is_cut_off(header: str) -> None:
    sent = 0

    async def endless(request: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(f"HTTP/1.1 200 OK\r\n{header}\r\n\r\n".encode())
        while sent < 50_000_000:
            writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            await writer.drain()
            sent += 1024

    with pytest.raises(InputTooLarge, match="10000 bytes"):
        fetch_from(endless)
    assert sent < 50_000_000


def test_a_declared_length_over_the_limit_is_not_read() -> None:
    with pytest.raises(InputTooLarge):
        fetch_from(answering(reply(b"", "Content-Length: 10001")))


def test_a_length_that_promises_too_much_is_no_picture() -> None:
    with pytest.raises(DownloadFailed, match="broke off"):
        fetch_from(answering(reply(b"short", "Content-Length: 500")))


def test_a_length_that_promises_too_little_gives_no_more_than_promised() -> None:
    try:
        assert fetch_from(answering(reply(b"x" * 50_000, "Content-Length: 10"))) == b"x" * 10
    except DownloadFailed as error:  # the rest came in the same packet
        assert error.public == "the server's answer could not be read"


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        assert refusal(url, allow_loopback=True) == "the server could not be reached"


def test_no_such_host() -> None:
    assert refusal("http://does-not-exist.invalid/", resolver=Nowhere()) == "the host name was not found"


def test_https_to_a_server_without_tls() -> None:
    async def run() -> None:
        async with site(answering(reply(b"x")), request_end=b"\x16") as base, fetcher() as opened:
            await opened.fetch(base.replace("http:", "https:"), LIMIT)

    with pytest.raises(DownloadFailed, match="TLS"):
        asyncio.run(run())


def test_a_closed_fetcher_can_be_closed_again() -> None:
    async def run() -> None:
        opened = Fetcher()
        await opened.close()
        await opened.close()

    asyncio.run(run())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=200).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail),
        st.binary(max_size=50).map(lambda value: b"HTTP/1.1 302 Found\r\nLocation: " + value + b"\r\n\r\n"),
        st.binary(max_size=50).map(
            lambda tail: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + tail
        ),
        st.binary(max_size=50).map(
            lambda size: b"HTTP/1.1 200 OK\r\nContent-Length: " + size + b"\r\n\r\nabc"
        ),
    )
)
def test_whatever_a_server_says_only_bad_input_comes_out(answer: bytes) -> None:
    try:
        assert isinstance(fetch_from(answering(answer)), bytes)
    except BadInput as error:
        assert error.public


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["", ".example.invalid/x", ":80/", "]/", "@127.0.0.1:1/"]))
def test_whatever_a_url_says_only_bad_input_comes_out(text: str, tail: str) -> None:
    async def run() -> None:
        opened = Fetcher(resolver=Nowhere())
        try:
            await opened.fetch(f"http://{text}{tail}", LIMIT)
        finally:
            await opened.close()

    with pytest.raises(DownloadFailed):
        asyncio.run(run())
