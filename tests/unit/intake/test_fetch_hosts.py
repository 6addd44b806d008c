"""The habits of image hosts, imitated on loopback."""

import asyncio
import gzip
import zlib

import pytest
from tests.unit.intake.test_fetch import LIMIT, Handler, answering, fetch_from, fetcher, reply, site

from cleanplate.errors import BadInput, DownloadFailed, InputTooLarge, NotAPicture

DATA = bytes(range(256)) * 20
PNG = b"\x89PNG\r\n\x1a\n" + DATA


def zipped(data: bytes, level: int = 9) -> bytes:
    """Without the time, which would be another one in each process that collects these tests."""
    return gzip.compress(data, level, mtime=0)


def bare(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def one_after_another(*replies: bytes, seen: list[bytes] | None = None) -> Handler:
    """Another answer to each request; the last one to all after it. An empty one hangs up."""
    left = list(replies)

    async def handler(request: bytes, writer: asyncio.StreamWriter) -> None:
        if seen is not None:
            seen.append(request)
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return handler


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (zipped(DATA), "gzip"),
        (zipped(DATA), "x-gzip"),
        (zipped(DATA), "GZIP "),
        (zipped(DATA[:100]) + zipped(DATA[100:]), "gzip"),
        (zipped(DATA) + bytes(7), "gzip"),
        (zipped(zipped(DATA)), "gzip, gzip"),
        (zipped(DATA), "identity, gzip"),
        (zlib.compress(DATA), "deflate"),
        (bare(DATA), "deflate"),
        (DATA, "identity"),
        (DATA, ""),
    ],
)
def test_what_was_compressed_unasked_is_unpacked(body: bytes, encoding: str) -> None:
    assert fetch_from(answering(reply(body, f"Content-Encoding: {encoding}"))) == DATA


def test_compressed_and_in_chunks() -> None:
    packed = zipped(DATA)
    told = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    answer = reply(told, "Transfer-Encoding: chunked", "Content-Encoding: gzip")
    assert fetch_from(answering(answer)) == DATA


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip"])
def test_a_picture_that_is_only_called_compressed(encoding: str) -> None:
    assert fetch_from(answering(reply(PNG, f"Content-Encoding: {encoding}"))) == PNG


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "x-unknown", "gzip, br", "gzip, gzip, gzip"])
def test_other_compressions_are_named(encoding: str) -> None:
    with pytest.raises(DownloadFailed, match="compression that is not read"):
        fetch_from(answering(reply(DATA, f"Content-Encoding: {encoding}")))


@pytest.mark.parametrize(
    ("bomb", "encoding"),
    [
        (zipped(bytes(5_000_000), 9), "gzip"),
        (zlib.compress(bytes(5_000_000), 9), "deflate"),
        (bare(bytes(5_000_000)), "deflate"),
        (zipped(zipped(bytes(50_000_000), 9), 9), "gzip, gzip"),
        (zipped(bytes(LIMIT // 2)) * 3, "gzip"),
    ],
)
def test_bombs_do_not_go_off(bomb: bytes, encoding: str) -> None:
    with pytest.raises(InputTooLarge, match="10000 bytes"):
        fetch_from(answering(reply(bomb, f"Content-Encoding: {encoding}")))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (zipped(DATA)[:-9], "broke off"),
        (zipped(DATA)[:15] + b"\xff" * 30, "broken|broke off"),
        (zipped(DATA)[:-8] + bytes(8), "broken"),
        (b"plain text", "broken"),
        (zipped(b""), "empty"),
        (b"", "broken|broke off|empty"),
    ],
)
def test_compressed_data_that_is_broken(body: bytes, words: str) -> None:
    with pytest.raises(DownloadFailed, match=words):
        fetch_from(answering(reply(body, "Content-Encoding: gzip")))


def test_another_word_for_ok() -> None:
    assert fetch_from(answering(reply(DATA, status="203 Non-Authoritative"))) == DATA


@pytest.mark.parametrize("value", ["bytes 0-5119/5120", " bytes 0-5119/5120 "])
def test_a_range_that_is_the_whole(value: str) -> None:
    answer = reply(DATA, f"Content-Range: {value}", status="206 Partial Content")
    assert fetch_from(answering(answer)) == DATA


@pytest.mark.parametrize(
    "value", ["bytes 0-99/5120", "bytes 1-5119/5120", "bytes 0-5119/*", "0-5119/5120", "", "bytes 0-9/10"]
)
def test_a_range_that_is_a_part(value: str) -> None:
    with pytest.raises(DownloadFailed, match=r"answered 206|broke off"):
        fetch_from(answering(reply(DATA, f"Content-Range: {value}", status="206 Partial Content")))


@pytest.mark.parametrize(
    "first",
    [
        reply(b"", status="503 Busy"),
        reply(b"<html>busy", status="502 Bad Gateway"),
        reply(b"", status="504 Timeout"),
        reply(b"", "Retry-After: 0", status="429 Slow down"),
        reply(b"", "Retry-After: Fri, 01 Jan 2027 00:00:00 GMT", status="503 Busy"),
        b"",
    ],
)
def test_a_host_that_is_busy_is_asked_once_more(first: bytes) -> None:
    seen: list[bytes] = []
    assert fetch_from(one_after_another(first, reply(DATA), seen=seen)) == DATA
    assert len(seen) == 2


def test_and_not_a_third_time() -> None:
    seen: list[bytes] = []
    with pytest.raises(DownloadFailed, match="answered 503"):
        fetch_from(one_after_another(reply(b"", status="503 Busy"), seen=seen))
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(b"", "Retry-After: 600", status="503 Busy"), "503"),
        (reply(b"", status="500 Oops"), "500"),
        (reply(b"", status="404 Not Found"), "404"),
        (reply(b"", status="403 Forbidden"), "403"),
        (reply(b"x", "Content-Length: 500"), "broke off"),
    ],
)
def test_what_a_second_try_does_not_mend(answer: bytes, words: str) -> None:
    seen: list[bytes] = []
    with pytest.raises(DownloadFailed, match=words):
        fetch_from(one_after_another(answer, reply(DATA), seen=seen))
    assert len(seen) == 1


def test_a_cookie_that_is_looked_for_after_a_redirect_to_the_same_place() -> None:
    async def handler(request: bytes, writer: asyncio.StreamWriter) -> None:
        if b"cookie: seen=1; way=a/b" in request.lower():
            writer.write(reply(DATA))
        else:
            cookies = ("Set-Cookie: seen=1; Path=/; HttpOnly", "Set-Cookie: way=a/b")
            writer.write(reply(b"", "Location: /x.png", *cookies, status="302 Found"))

    assert fetch_from(handler) == DATA


def test_cookies_stay_at_their_host_and_are_forgotten() -> None:
    seen: list[bytes] = []

    async def run() -> None:
        async with site(one_after_another(reply(DATA), seen=seen)) as other:
            away = reply(b"", f"Location: {other}/y", "Set-Cookie: a=b", status="302 Found")
            async with site(one_after_another(away, seen=seen)) as base, fetcher() as opened:
                for _ in range(2):
                    assert await opened.fetch(base + "/x", LIMIT) == DATA

    asyncio.run(run())
    assert len(seen) == 4
    assert not any(b"cookie" in request.lower() for request in seen)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("/a?sig=a+b%2Bc%2Fd/e%3D&x=%7e%41", "/a?sig=a+b%2Bc%2Fd/e%3D&x=%7e%41"),
        ("/a%20b/%e5%86%99%2F.png?OSSAccessKeyId=1&Signature=%2F%2b%3d", None),
        ("/写 1.png?q=写 y", "/%E5%86%99%201.png?q=%E5%86%99%20y"),
        ("/100%.png?x=5%&y=%zz", "/100%25.png?x=5%25&y=%25zz"),
        ("/x.png#part", "/x.png"),
        ("/x.png!thumb(1,2);a=b@2x?a[]=1&b=:", None),
        ("", "/"),
        ("?a=b", "/?a=b"),
    ],
)
def test_signed_urls_are_asked_for_as_they_are_written(written: str, asked: str | None) -> None:
    seen: list[bytes] = []
    assert fetch_from(one_after_another(reply(DATA), seen=seen), path=written) == DATA
    assert seen[0].split(b" HTTP/")[0].decode() == f"GET {written if asked is None else asked}"


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/b%2Fc?s=%2B+", "/b%2Fc?s=%2B+"),
        ("/with space.png", "/with%20space.png"),
        ("/写.png", "/%E5%86%99.png"),
        ("b.png?x=http://h/", "/b.png?x=http://h/"),
        ("?again", "/x.png?again"),
    ],
)
def test_redirects_are_followed_as_they_are_written(location: str, asked: str) -> None:
    seen: list[bytes] = []
    away = reply(b"", f"Location: {location}", status="301 Moved")
    assert fetch_from(one_after_another(away, reply(DATA), seen=seen)) == DATA
    assert seen[1].split(b" HTTP/")[0].decode() == f"GET {asked}"


def test_a_redirect_without_a_scheme() -> None:
    async def run() -> bytes:
        async with site(answering(reply(DATA))) as other:
            away = reply(b"", f"Location: {other.removeprefix('http:')}/y", status="307 Temporary")
            async with site(answering(away)) as base, fetcher() as opened:
                return await opened.fetch(base + "/x", LIMIT)

    assert asyncio.run(run()) == DATA


@pytest.mark.parametrize("location", ["", "http://127.0.0.2:1/", "http://[::1]:1/", "http:///x"])
def test_redirects_to_nowhere_and_to_private_places(location: str) -> None:
    with pytest.raises(DownloadFailed):
        fetch_from(answering(reply(b"", f"Location: {location}", status="302 Found")))


@pytest.mark.parametrize(
    "page",
    [b"<!DOCTYPE html><title>Sign in", b"\r\n <html lang=en>", b"<!-- x -->\n<!doctype HTML>", b"<HEAD>"],
)
def test_a_web_page_is_called_one(page: bytes) -> None:
    with pytest.raises(NotAPicture, match="web page"):
        fetch_from(answering(reply(page, "Content-Type: text/html")))


@pytest.mark.parametrize("kind", ["text/html", "application/json", "", "image/nonsense"])
def test_a_picture_under_another_name_is_taken(kind: str) -> None:
    assert fetch_from(answering(reply(PNG, f"Content-Type: {kind}"))) == PNG


@pytest.mark.parametrize(
    "head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"]
)
def test_a_body_that_ends_with_the_connection(head: bytes) -> None:
    assert fetch_from(answering(head + DATA)) == DATA


def test_an_empty_file_is_none() -> None:
    with pytest.raises(DownloadFailed, match="empty"):
        fetch_from(answering(reply(b"")))


def test_we_say_who_we_are() -> None:
    seen: list[bytes] = []
    fetch_from(one_after_another(reply(DATA), seen=seen))
    assert b"user-agent: cleanplate/" in seen[0].lower()


@pytest.mark.parametrize("seed", range(50))
def test_rubbish_that_is_called_compressed_is_bad_input(seed: int) -> None:
    packed = bytearray(zipped(DATA))
    packed[seed * 7 % len(packed)] ^= 1 + seed
    try:
        assert fetch_from(answering(reply(bytes(packed), "Content-Encoding: gzip"))) == DATA
    except BadInput as error:
        assert error.public
