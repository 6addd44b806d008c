"""Result links over HTTP: the whole picture, parts of it, and what has not changed."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.api.servers import Api, settings_for, waiting

DATA = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with waiting(settings_for(tmp_path_factory.mktemp("results"))) as api:
        yield api


@pytest.fixture(scope="module")
def link(api: Api) -> str:
    key = f"results/{uuid.uuid4()}/1/picture.png"
    api.objects.put(key, DATA)
    return api.base + api.services.links.sign(key, int(time.time()) + 600)


def get(link: str, method: str = "GET", **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(method, link, headers=named, timeout=10)


def test_the_whole_picture(link: str) -> None:
    reply = get(link)
    assert (reply.status_code, reply.content) == (200, DATA)
    assert reply.headers["content-length"] == str(len(DATA))
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["etag"].strip('"').isalnum()
    assert reply.headers["last-modified"].endswith("GMT")


def test_head_has_the_same_headers_and_no_body(link: str) -> None:
    whole, head = get(link), get(link, "HEAD", range="bytes=0-1")
    assert (head.status_code, head.content) == (200, b"")
    same = set(whole.headers) - {"date", "x-request-id"}
    assert set(head.headers) - {"date", "x-request-id"} == same
    assert {name: head.headers[name] for name in same} == {name: whole.headers[name] for name in same}


def test_head_reads_nothing(api: Api, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("the file was opened")

    monkeypatch.setattr(api.services.objects, "open_range", refuse)
    assert get(link, "HEAD").headers["content-length"] == str(len(DATA))


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("0-0", 0, 1),
        ("300000-700000", 300_000, 700_001),
        ("-5", len(DATA) - 5, len(DATA)),
        ("9-", 9, len(DATA)),
    ],
)
def test_a_part(link: str, wanted: str, start: int, end: int) -> None:
    reply = get(link, range=f"bytes={wanted}")
    assert reply.status_code == 206
    assert reply.content == DATA[start:end]
    assert reply.headers["content-range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    assert reply.headers["content-length"] == str(end - start)
    assert reply.headers["content-type"] == "image/png"


def test_a_download_that_is_continued(link: str) -> None:
    first = get(link, range="bytes=0-499999")
    rest = get(link, range="bytes=500000-", if_range=first.headers["etag"])
    assert first.content + rest.content == DATA
    assert get(link, range="bytes=500000-", if_range='"another"').content == DATA


def test_behind_the_end(link: str) -> None:
    reply = get(link, range=f"bytes={len(DATA)}-")
    assert reply.status_code == 416
    assert reply.headers["content-range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize("wanted", ["bytes", "bytes=5-2", "bytes=x-", "lines=1-2", "bytes=0-1,4-5"])
def test_what_is_no_single_range_gets_the_whole(link: str, wanted: str) -> None:
    reply = get(link, range=wanted)
    assert (reply.status_code, reply.content) == (200, DATA)


def test_what_the_client_has_is_not_sent_again(link: str) -> None:
    tag = get(link).headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        reply = get(link, if_none_match=known, range="bytes=0-1")
        assert (reply.status_code, reply.content) == (304, b"")
        assert reply.headers["etag"] == tag
        assert "content-length" not in reply.headers
    assert get(link, if_none_match='"x"').status_code == 200


def test_an_empty_file(api: Api) -> None:
    key = f"results/{uuid.uuid4()}/1/empty.png"
    api.objects.put(key, b"")
    reply = get(api.base + api.services.links.sign(key, int(time.time()) + 600))
    assert (reply.status_code, reply.content) == (200, b"")


@pytest.mark.parametrize("range_", ["", "bytes=0-1"])
def test_a_picture_runs_nothing_in_a_browser(link: str, range_: str) -> None:
    headers = get(link, range=range_).headers
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == 'inline; filename="picture.png"'


def test_what_is_no_picture_of_browsers_is_saved(api: Api) -> None:
    key = f"results/{uuid.uuid4()}/1/page.html"
    api.objects.put(key, b"<script>alert(1)</script>")
    headers = get(api.base + api.services.links.sign(key, int(time.time()) + 600)).headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == 'attachment; filename="page.html"'


def test_a_thousand_ranges_are_one_whole(link: str) -> None:
    reply = get(link, range="bytes=" + ",".join(["0-"] * 1000))
    assert (reply.status_code, reply.content) == (200, DATA)


def test_links_of_an_older_secret_are_good(tmp_path: Path) -> None:
    key = f"results/{uuid.uuid4()}/1/picture.png"
    expires_s = int(time.time()) + 600
    new = "k" * 32
    links = []
    for link_keys in (("own",), (new, "own"), (new,)):
        with waiting(settings_for(tmp_path, link_keys=link_keys)) as api:
            api.objects.put(key, DATA)
            links.append(api.services.links.sign(key, expires_s))
            opened = [get(api.base + link).status_code for link in links]
    assert opened == [403, 200, 200]
    assert links[0] != links[1] == links[2]


def test_a_download_does_not_go_on_with_another_version(link: str) -> None:
    reply = get(link, range="bytes=5-", if_match='"another"')
    assert (reply.status_code, reply.content) == (412, b"")
    assert get(link, range="bytes=5-", if_match=reply.headers["etag"]).content == DATA[5:]
