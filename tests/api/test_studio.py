"""The page at `/`: who gets it, how it is kept, and what browsers let it do."""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import requests
from tests.api.servers import Api, settings_for, waiting

BROWSER: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
TEXT: Final = "Cleanplate removes objects from pictures. The API is below /api/v1; see the README.\n"
MOST_SCRIPT_BYTES: Final = 180_000


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with waiting(settings_for(tmp_path_factory.mktemp("studio"))) as api:
        yield api


def get(api: Api, path: str = "/", **headers: str | None) -> requests.Response:
    """Without a key, as browsers ask."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    given: Any = {"Authorization": None, "Accept": BROWSER, **named}
    return api.client.get(path, headers=given)


def folder(api: Api) -> str:
    found = re.search(r"studio/[0-9a-f]{16}/", get(api).text)
    assert found
    return f"/{found[0]}"


def test_a_browser_gets_the_page_without_a_key(api: Api) -> None:
    reply = get(api)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"
    assert "Accept" in reply.headers["vary"]
    assert reply.text.startswith("<!doctype html>")
    assert "@VERSION@" not in reply.text


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/plain", "application/json, */*;q=0.5", "text/html;q=0", ""]
)
def test_a_program_gets_what_it_got(api: Api, accept: str) -> None:
    reply = get(api, Accept=accept)
    assert (reply.status_code, reply.text) == (200, TEXT)
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["vary"] == "Accept"


def test_no_program_is_let_in_from_elsewhere(api: Api) -> None:
    reply = get(api)
    policy = dict(part.strip().split(" ", 1) for part in reply.headers["content-security-policy"].split(";"))
    script = re.search(r'<script type="importmap">(.*?)</script>', reply.text)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert policy == {
        "default-src": "'self'",
        "script-src": f"'self' 'sha256-{digest}'",
        "img-src": "'self' blob: data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["x-frame-options"] == "DENY"
    assert not re.search(r"<style|style=|onload|(?:href|src)=\"(?!studio/)", reply.text)


def test_what_the_page_names_is_there_and_kept_for_ever(api: Api) -> None:
    names = re.findall(r'(?:href|src)="(studio/[^"]+)"', get(api).text)
    assert len(names) > 20
    for name in names:
        reply = get(api, f"/{name}")
        assert reply.status_code == 200, name
        assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert reply.headers["x-content-type-options"] == "nosniff"
        kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}[name.rpartition(".")[2]]
        assert reply.headers["content-type"].startswith(kind)


def test_what_has_nothing_to_run_is_not_fetched(api: Api) -> None:
    text = get(api).text
    assert "/actions.js" in text
    assert "/types.js" not in text
    for later in ("i18n/zh.js", "batch/runner.js", "panel/keys_dialog.js", "mask/mask_work.js"):
        assert f"/{later}" not in text


def test_scripts_are_few_bytes_on_the_way(api: Api) -> None:
    names = set(re.findall(r'"(studio/[^"]+\.js)"', get(api).text))
    sizes = {
        name: int(get(api, f"/{name}", Accept_Encoding="gzip").headers["content-length"]) for name in names
    }
    assert sum(sizes.values()) < MOST_SCRIPT_BYTES, sizes


@pytest.mark.parametrize("path", ["/", "vendor/preact.js", "theme.css"])
def test_what_the_browser_has_is_not_sent_again(api: Api, path: str) -> None:
    whole = path if path == "/" else folder(api) + path
    tag = get(api, whole).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        reply = get(api, whole, If_None_Match=known)
        assert (reply.status_code, reply.content) == (304, b"")
        assert reply.headers["etag"] == tag
    assert get(api, whole, If_None_Match='"other"').status_code == 200


def test_it_is_compressed_only_for_those_who_take_it(api: Api) -> None:
    path = f"{folder(api)}vendor/preact.js"
    plain = get(api, path, Accept_Encoding="identity")
    refused = get(api, path, Accept_Encoding="gzip;q=0")
    small = api.client.session.get(
        api.base + path, headers={"Accept-Encoding": "br, gzip"}, stream=True, timeout=60
    )
    assert "content-encoding" not in plain.headers
    assert refused.content == plain.content
    assert small.headers["content-encoding"] == "gzip"
    assert gzip.decompress(small.raw.read(decode_content=False)) == plain.content
    assert small.headers["vary"] == "Accept-Encoding"


def test_a_page_of_an_older_version_is_served_but_not_kept(api: Api) -> None:
    reply = get(api, "/studio/0123456789abcdef/main.js")
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "",
        "vendor",
        "vendor/",
        "index.html",
        "../static_files.py",
        "..%2fstatic_files.py",
        "%2e%2e/static_files.py",
        "vendor/../../static_files.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "main.js%00",
        "__init__.py",
    ],
)
def test_nothing_else_is_served(api: Api, name: str) -> None:
    prepared = requests.Request("GET", api.base).prepare()
    prepared.url = f"{api.base}{folder(api)}{name}"  # as it stands: clients tidy paths
    reply = api.client.session.send(prepared, timeout=60, allow_redirects=False)
    assert reply.status_code == 404
    assert reply.json() == {"message": "Not Found"}


def test_other_methods_are_refused(api: Api) -> None:
    assert api.client.post("/").status_code == 405
    assert api.client.post(f"{folder(api)}main.js").status_code == 405
    head = api.client.request("HEAD", f"{folder(api)}main.js")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0


def test_it_can_be_switched_off(tmp_path_factory: pytest.TempPathFactory) -> None:
    with waiting(settings_for(tmp_path_factory.mktemp("off"), studio="off")) as api:
        assert get(api).text == TEXT
        assert get(api, "/studio/0123456789abcdef/main.js").status_code == 404
