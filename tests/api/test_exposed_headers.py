"""Web pages of another origin may read what a reply says in its headers, not its body alone."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from tests.api.openai.conftest import image, mask
from tests.api.servers import KEY, png, served, settings_for

from cleanplate.app import build

ORIGIN: Final = "https://shop.example.com"
PLAIN: Final = frozenset(
    {
        *("date", "server", "connection", "transfer-encoding", "vary"),
        *("cache-control", "content-length", "content-type", "expires", "last-modified", "pragma"),
        "x-content-type-options",
    }
)
"""Headers that say nothing of their own, or that every page may read."""

Ask = Callable[[str], requests.Response]


def ask(path: str, wanted: dict[str, str], **body: Any) -> Ask:
    """A request of a page, by `Authorization` or whatever else its API looks for."""
    headers = {"Origin": ORIGIN, "Authorization": f"Bearer {KEY}", "X-API-KEY": KEY, **wanted}
    return lambda base: requests.post(base + path, headers=headers, timeout=30, **body)


PHOTO: Final = ("a.png", png("photo"))
IOPAINT: Final = {
    name: base64.b64encode(data).decode() for name, data in (("image", png("photo")), ("mask", png("mask")))
}
STABILITY: Final = "/v2beta/stable-image/edit/"
CASES: Final[dict[str, tuple[Ask, set[str]]]] = {
    "openai": (
        ask("/v1/images/edits", {}, files={"image": image(), "mask": mask()}, data={"prompt": "remove"}),
        {"x-request-id", "x-cleanplate-mask", "x-cleanplate-changed-outside-mask"},
    ),
    "openai, two images": (
        ask(
            "/v1/images/edits",
            {},
            files=[("image[]", image()), ("image[]", image()), ("mask", mask())],
            data={"prompt": "remove"},
        ),
        {"x-cleanplate-warning"},
    ),
    "openai, no model": (
        ask("/v1/images/edits", {}, files={"image": image()}, data={"prompt": "a hat"}),
        {"x-request-id"},
    ),
    "openai, a wrong key": (ask("/v1/images/edits", {"Authorization": "Bearer no"}), {"x-request-id"}),
    "iopaint": (ask("/api/v1/inpaint", {}, json=IOPAINT), {"x-request-id", "x-seed"}),
    "picwish": (
        ask(
            "/api/tasks/visual/inpaint",
            {},
            files={"image_file": PHOTO, "mask_file": ("m.png", png("mask"))},
            data={"sync": "1"},
        ),
        {"x-request-id"},
    ),
    "stability": (
        ask(STABILITY + "erase", {}, files={"image": PHOTO, "mask": ("m.png", png("mask"))}),
        {"x-request-id", "finish-reason", "seed"},
    ),
    "stability, without a model for words": (
        ask(STABILITY + "outpaint", {}, files={"image": PHOTO}, data={"left": "8", "prompt": "a wall"}),
        {"x-cleanplate-warning"},
    ),
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("exposed")
    with served(build(settings_for(folder, iopaint="on")), lifespan="on") as found:
        yield found


@pytest.mark.parametrize("case", CASES)
def test_a_page_may_read_every_header_that_a_reply_has(base: str, case: str) -> None:
    asking, wanted = CASES[case]
    reply = asking(base)
    assert reply.headers["access-control-allow-origin"] == "*"
    exposed = {name.strip().lower() for name in reply.headers["access-control-expose-headers"].split(",")}
    told = {name.lower() for name in reply.headers if not name.lower().startswith("access-control-")} - PLAIN
    assert wanted <= told
    assert told <= exposed
