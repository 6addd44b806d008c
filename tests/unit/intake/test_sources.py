import base64
import binascii

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanplate.errors import BadInput, BadParameter, InputTooLarge
from cleanplate.intake.sources import Inline, Remote, check_url, looks_like_picture, parse_source

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PNG_TEXT = base64.b64encode(PNG).decode()
LIMIT = 10_000


def parse(value: str) -> Inline | Remote:
    return parse_source(value, max_bytes=LIMIT)


@pytest.mark.parametrize(
    "url",
    [
        "http://h/x.png",
        "https://example.com/a%20b.png?Expires=1&Signature=x%2B",
        "HTTPS://EXAMPLE.com:8443/x",
        "http://[2001:db8::1]:80/x",
        "http://例え.jp/写真 一.png",
        "http://h/a@b.png",
        "http://10.0.0.1/x",
    ],
)
def test_urls_are_kept_as_they_came(url: str) -> None:
    assert parse(f"  {url}\n") == Remote(url)
    assert check_url(f"\t{url} ") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///x.png",
        "https:x.png",
        "http://[::1/x",
        "http://h:99999/x",
        "http://h:port/x",
        "http://h:0/x",
        "http://h/a\r\nHost: b",
        "http://h/\x00",
        "http://h/\ud800",
        "http://h/" + "x" * 9000,
    ],
)
def test_urls_that_cannot_be_tried(url: str) -> None:
    with pytest.raises(BadParameter, match="URL"):
        parse(url)


@pytest.mark.parametrize("url", ["http://user:pass@h/x", "http://good.example@10.0.0.1/x", "http://@h/x"])
def test_urls_with_a_user_are_refused(url: str) -> None:
    with pytest.raises(BadParameter, match="user name"):
        parse(url)


@pytest.mark.parametrize(
    "value", ["file:///etc/passwd", "FILE:///etc/passwd", "/etc/passwd", "./a.png", "~/a.png"]
)
def test_files_of_the_server_are_never_read(value: str) -> None:
    with pytest.raises(BadParameter, match="cannot be read by the server") as caught:
        parse(value)
    assert "passwd" not in caught.value.public


@pytest.mark.parametrize(
    "value", ["", "   ", "mask.png", "ftp://h/x", "oss://a/b.png", "gopher://h", "C:\\a.png", "hello"]
)
def test_other_strings_are_refused(value: str) -> None:
    with pytest.raises(BadParameter, match=r"http\(s\) URL"):
        parse(value)


@pytest.mark.parametrize(
    "value",
    [
        f"data:image/png;base64,{PNG_TEXT}",
        f"DATA:;BASE64,{PNG_TEXT}",
        f"data:text/plain;charset=utf-8;base64,{PNG_TEXT.rstrip('=')}",
        f"data:image/png;base64, {PNG_TEXT[:40]}\r\n {PNG_TEXT[40:]}\n",
        f"data:image/png;base64,{base64.urlsafe_b64encode(PNG).decode()}",
        f"data:image/png;base64,{PNG_TEXT.replace('+', '%2B').replace('/', '%2F').replace('=', '%3D')}",
        PNG_TEXT,
        PNG_TEXT.rstrip("="),
        PNG_TEXT.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        "\n".join(PNG_TEXT[at : at + 76] for at in range(0, len(PNG_TEXT), 76)),
        binascii.b2a_base64(PNG).decode(),
    ],
)
def test_inline_data(value: str) -> None:
    assert parse(value) == Inline(PNG)


def test_a_data_uri_is_not_judged_by_its_content() -> None:
    assert parse("data:image/png;base64," + base64.b64encode(b"no picture").decode()) == Inline(b"no picture")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("data:image/png,abc", "form data:"),
        ("data:image/png;base64", "form data:"),
        ("data:image/png;base64,", "no data"),
        ("data:image/png;base64,===", "no data"),
        ("data:image/png;base64,A", "broken"),
        ("data:image/png;base64,AA=A", "broken"),
        ("data:image/png;base64,AA!A", "broken"),
        ("data:image/png;base64,AAé=", "broken"),
        ("data:image/png;base64,\ud800", "broken"),
    ],
)
def test_broken_data_uris(value: str, words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        parse(value)


@pytest.mark.parametrize("prefix", ["data:image/png;base64,", ""])
def test_the_limit_counts_decoded_bytes(prefix: str) -> None:
    exact = PNG[:8] + bytes(LIMIT - 8)
    assert parse(prefix + base64.b64encode(exact).decode()) == Inline(exact)
    with pytest.raises(InputTooLarge, match="10000 bytes"):
        parse(prefix + base64.b64encode(exact + b"x").decode())


@pytest.mark.parametrize(
    "start",
    [
        b"\xff\xd8\xff\xe0",
        b"BM....",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"\x00\x00\x00\x18ftypheic",
        b"II*\x00",
        b"MM\x00*",
        b"GIF89a",
    ],
)
def test_bare_base64_of_every_format(start: bytes) -> None:
    data = start + bytes(30)
    assert parse(base64.b64encode(data).decode()) == Inline(data)


NOISE = np.random.default_rng(62)


@given(size=st.integers(1, 400), seed=st.integers(0, 2**32), padded=st.booleans())
def test_a_plus_that_became_a_space_is_understood(size: int, seed: int, padded: bool) -> None:
    data = PNG + np.random.default_rng(seed).bytes(size) + b"\xfb\xef\xbe"  # "++++" at the end
    text = base64.b64encode(data).decode()
    text = text if padded else text.rstrip("=")
    assert parse("data:image/png;base64," + text.replace("+", " ")) == Inline(data)
    assert parse(text.replace("+", " ")) == Inline(data)


@given(
    size=st.integers(1, 2000),
    seed=st.integers(0, 2**32),
    length=st.sampled_from([64, 76]),
    line_break=st.sampled_from(["\n", "\r\n", "\r", "\t\n", " "]),
    lost=st.booleans(),
)
def test_lines_of_base64(size: int, seed: int, length: int, line_break: str, lost: bool) -> None:
    data = PNG + np.random.default_rng(seed).bytes(size)
    text = base64.b64encode(data).decode()
    text = text.replace("+", " ") if lost else text
    folded = line_break.join(text[at : at + length] for at in range(0, len(text), length))
    assert parse("data:image/png;base64," + folded) == Inline(data)


@pytest.mark.parametrize("line_break", ["\n ", "\r\n  ", " \n", "\n\t", "\n\n"])
def test_folds_with_spaces_at_their_side(line_break: str) -> None:
    data = PNG + NOISE.bytes(700)
    text = base64.b64encode(data).decode()
    assert "+" in text
    folded = line_break.join(text[at : at + 76] for at in range(0, len(text), 76))
    assert parse("data:image/png;base64, " + folded + line_break) == Inline(data)


def test_riff_of_another_kind_is_no_picture() -> None:
    assert not looks_like_picture(b"RIFF\x00\x00\x00\x00WAVEfmt ")


@given(
    st.one_of(
        st.text(),
        st.text().map(lambda tail: "http://" + tail),
        st.text().map(lambda tail: "data:image/png;base64," + tail),
    )
)
def test_any_text_is_a_source_or_bad_input(value: str) -> None:
    try:
        source = parse(value)
    except BadInput:
        return
    assert isinstance(source, Inline | Remote)
