"""Forms that are small to send and large to read: refused in the vendor's words, and soon."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as some
from starlette.datastructures import Headers
from tests.api.servers import KEY, png, settings_for, waiting
from tests.api.vendors import PICWISH

from cleanplate.api.form_fields import read_form
from cleanplate.api.picwish.picwish_bodies import FORM

MULTIPART = "multipart/form-data; boundary=b"
URLENCODED = "application/x-www-form-urlencoded"
PART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n'
IMAGE = PART.replace(b'"a"', b'"image_file"')


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with waiting(settings_for(tmp_path_factory.mktemp("forms"))) as api:
        yield api.base


def told(base: str, content_type: str, body: bytes) -> requests.Response:
    headers = {**PICWISH.key(KEY), "Content-Type": content_type}
    return requests.post(base + PICWISH.path, data=body, headers=headers, timeout=20)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (MULTIPART, (PART + b"\r\nx\r\n") * 101 + b"--b--\r\n"),
        (MULTIPART, (IMAGE + b"\r\nx\r\n") * 11 + b"--b--\r\n"),
        (MULTIPART, PART + b"X: y\r\n" * 100 + b"\r\nx\r\n--b--\r\n"),
        (MULTIPART, PART + b"X: " + b"y" * 100_000 + b"\r\n\r\nx\r\n--b--\r\n"),
        (MULTIPART, PART + b"\r\n" + b"x" * 2_000_000 + b"\r\n--b--\r\n"),
        (MULTIPART, b"--b\r\n" + b"x" * 1_000_000),
        (URLENCODED, b"&".join([b"a=b"] * 101)),
        (URLENCODED, b"image_base64=" + b"%41" * 200_000),
        (URLENCODED, b"image_base64=" + b"%20%09" * 200_000),
        ("application/json", b'{"image_base64":[' + b"[]," * 200_000 + b"[]]}"),
    ],
)
def test_too_much_of_anything(base: str, content_type: str, body: bytes) -> None:
    reply = told(base, content_type, body)
    assert reply.status_code == 400
    assert reply.json()["status"] == 400


@pytest.mark.parametrize("size", [255 * 2**10, 256 * 2**10 + 1, 3_000_000])
def test_a_file_is_the_same_in_however_many_pieces_it_is_read(base: str, size: int) -> None:
    picture = png("photo")
    padded = picture + b"\r\n-" * ((size - len(picture)) // 3)  # what may follow the end of a PNG
    files = {"image_file": ("photo.png", padded), "mask_file": ("mask.png", png("mask"))}
    reply = requests.post(base + PICWISH.path, headers=PICWISH.key(KEY), files=files, timeout=20)
    assert reply.ok, reply.text


def test_a_form_that_was_cut_short(base: str) -> None:
    reply = told(base, MULTIPART, IMAGE + b"\r\n" + png("photo") + b"\r\n" + PART + b"\r\nx\r\n")
    assert reply.status_code == 400
    assert "closing boundary is missing" in reply.text


def test_an_empty_file_is_no_absent_one(base: str) -> None:
    files = {"image_file": ("a.png", png("photo")), "mask_file": ("m.png", b"")}
    fields = {"rectangles": '[{"x":1,"y":1,"width":9,"height":9}]'}
    reply = requests.post(base + PICWISH.path, headers=PICWISH.key(KEY), files=files, data=fields, timeout=20)
    assert reply.status_code == 400
    assert "mask_file is an empty file" in reply.text


def test_what_browsers_send_for_no_file_is_absent() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="mask_file"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--b--"
    )
    assert read_form(Headers({"content-type": MULTIPART}), FORM, body).files == {}


def test_a_long_field_says_how_to_send_a_picture(base: str) -> None:
    reply = told(base, MULTIPART, PART + b"\r\n" + b"x" * 2_000_000 + b"\r\n--b--\r\n")
    assert "'a' is longer than 1 MB: send a picture as a file" in reply.text


@given(some.text(alphabet="ab=&+%26%3Dé\ufeff "))
def test_a_urlencoded_form_is_read_as_everywhere(text: str) -> None:
    fields = read_form(Headers({"content-type": URLENCODED}), FORM, text.encode())
    wanted = dict(parse_qsl(text.encode().decode("utf-8-sig")))
    assert fields.texts == {name: value for name, value in wanted.items() if value.strip()}
