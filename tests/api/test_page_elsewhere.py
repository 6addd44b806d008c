"""A page of another origin asks by `fetch`, in a browser, and reads the result and its headers."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from tests.api.openai.conftest import changed, image, mask
from tests.api.servers import KEY, png, served, settings_for
from tests.chromium import browser

from cleanplate.app import build

__all__ = ["browser"]

ASK: Final = """async ([address, key, files, fields]) => {
  const form = new FormData()
  for (const [name, data] of Object.entries(files)) {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0))
    form.append(name, new Blob([bytes], {type: "image/png"}), "a.png")
  }
  for (const [name, text] of Object.entries(fields)) form.append(name, text)
  const headers = {Authorization: "Bearer " + key}
  const reply = await fetch(address, {method: "POST", body: form, headers})
  return {status: reply.status, headers: Object.fromEntries(reply.headers), text: await reply.text()}
}"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("elsewhere")
    with served(build(settings_for(folder)), lifespan="on") as found:
        yield found


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """An empty page, at a port of its own: that is another origin."""
    elsewhere = Starlette(routes=[Route("/", lambda request: HTMLResponse("<title>a shop</title>"))])
    with served(elsewhere, lifespan="off") as address:
        context = browser.new_context()
        found = context.new_page()
        found.goto(address)
        yield found
        context.close()


def asked(page: Any, address: str, files: dict[str, bytes], fields: dict[str, str], key: str = KEY) -> Any:
    sent = {name: base64.b64encode(data).decode() for name, data in files.items()}
    return page.evaluate(ASK, [address, key, sent, fields])


def test_openai(page: Any, base: str) -> None:
    files = {"image": image(), "mask": mask()}
    found = asked(page, base + "/v1/images/edits", files, {"prompt": "remove"})
    assert found["status"] == 200, found["text"]
    assert changed(page.evaluate("text => JSON.parse(text).data[0].b64_json", found["text"]))[0] == 0
    assert found["headers"]["x-request-id"]
    assert found["headers"]["x-cleanplate-changed-outside-mask"] == "0"
    refused = asked(page, base + "/v1/images/edits", files, {}, key="sk-wrong")
    assert refused["status"] == 401
    assert refused["headers"]["x-request-id"]


def test_stability(page: Any, base: str) -> None:
    files = {"image": png("photo"), "mask": png("mask")}
    found = asked(page, base + "/v2beta/stable-image/edit/erase", files, {"seed": "7"})
    assert found["status"] == 200, found["text"]
    assert (found["headers"]["finish-reason"], found["headers"]["seed"]) == ("SUCCESS", "7")
    assert found["headers"]["x-request-id"]


def test_an_api_that_pages_may_not_ask(page: Any, base: str) -> None:
    with pytest.raises(Exception, match="Failed to fetch"):
        asked(page, base + "/v1/edits", {}, {"edit": "erase"})
