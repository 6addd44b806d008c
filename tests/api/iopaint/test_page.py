"""IOPaint's own page, out of its wheel, in a browser: opened, drawn on, and its result saved.

`make test-clients` fetches what this needs: the wheel, which is only unpacked, and Playwright.
"""

import base64
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from tests.api.iopaint.conftest import opened, samples
from tests.api.servers import png, served, settings_for
from tests.chromium import CLIENTS, browser
from tests.conftest import PACK

from cleanplate.app import build

__all__ = ["browser"]

WAIT_MS: Final = 20_000
PHOTO: Final = png("photo", 640, 480)
DISC: Final = (40, 30)
"""(x, y) of its middle."""


@pytest.fixture(scope="module")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wheels = sorted(CLIENTS.glob("[iI][oO][pP]aint-*.whl"))
    if not wheels:
        pytest.skip("IOPaint's wheel is not here: make test-clients")
    folder = tmp_path_factory.mktemp("page")
    with zipfile.ZipFile(wheels[-1]) as wheel:
        wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith("iopaint/web_app/")])
    return folder / "iopaint" / "web_app"


@pytest.fixture(scope="module")
def site(page_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A whole server, and the page's files at the same address."""
    app = build(settings_for(tmp_path_factory.mktemp("site"), iopaint="on", plugins=PACK))
    app.router.routes.append(Mount("/", app=StaticFiles(directory=page_folder, html=True)))
    with served(app, lifespan="on") as base:
        yield base


class Page:
    """The page with a photo on it."""

    def __init__(self, page: Any, base: str, photo: Path) -> None:
        self.page = page
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{base}/index.html")
        page.set_input_files("input[type=file] >> nth=0", str(photo))
        page.get_by_text("640x480").wait_for()
        self._canvas = page.locator("canvas").first

        self.settle()

    def settle(self) -> None:
        """Wait until no settings are before the canvas, and until that stands still: it is centred late."""
        self.page.get_by_role("button", name="Ok", exact=True).wait_for(state="detached")
        self.page.wait_for_function(
            """() => {
              const box = document.querySelector("canvas").getBoundingClientRect()
              const now = [box.x, box.y, box.width, getComputedStyle(document.body).pointerEvents].join()
              const same = window.lastSeen === now && box.width > 0 && !now.endsWith("none")
              window.lastSeen = now
              return same
            }""",
            polling=200,
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        box = self._canvas.bounding_box()
        return box["x"] + x, box["y"] + y

    def replied(self, path: str, method: str = "POST") -> Any:
        return self.page.expect_response(
            lambda reply: reply.url.endswith(f"/api/v1/{path}") and reply.request.method == method
        )

    def brush(self, x: float = DISC[0], y: float = DISC[1]) -> None:
        """A stroke, over the disc if nothing is said."""
        self.page.mouse.move(*self.at(x - 15, y))
        self.page.mouse.down()
        for step in range(-15, 20, 5):
            self.page.mouse.move(*self.at(x + step, y))
        self.page.mouse.up()

    def plugin(self, *names: str) -> None:
        """Choose in the menu of plugins, of which some have a menu of their own."""
        self.page.locator("button[aria-haspopup=menu]").first.click()
        for name in names[:-1]:
            self.page.get_by_role("menuitem", name=name).hover()
            self.page.keyboard.press("ArrowRight")
        self.page.get_by_role("menuitem", name=names[-1]).click()

    def saved(self) -> bytes:
        """What the button with the arrow writes."""
        with self.page.expect_download() as download:
            # it can be pressed once there is a result
            self.page.locator("div.fixed.bottom-5 button").last.click()
        return Path(download.value.path()).read_bytes()

    def use(self, kind: str, model: str) -> None:
        self.page.keyboard.press("s")
        self.page.get_by_role("tab", name=kind, exact=True).click()
        self.page.get_by_text(model, exact=True).last.click()
        with self.replied("model") as reply:
            self.page.get_by_role("button", name="Ok").click()
        assert reply.value.json()["name"] == model
        self.page.get_by_text(f"Switch to {model} success").first.wait_for()
        self.settle()


@pytest.fixture
def page(browser: Any, site: str, tmp_path: Path) -> Iterator[Page]:
    (tmp_path / "photo.png").write_bytes(PHOTO)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    failed: list[str] = []
    opened_page = context.new_page()
    opened_page.on("pageerror", lambda error: failed.append(str(error)))
    context.request.post(f"{site}/api/v1/model", data={"name": "cleanplate"})
    yield Page(opened_page, site, tmp_path / "photo.png")
    context.close()
    assert failed == []


def test_it_opens_is_drawn_on_and_saves_the_result(page: Page) -> None:
    with page.replied("inpaint") as reply:
        page.brush()
    assert reply.value.status == 200
    assert reply.value.headers["x-seed"].isdecimal()
    mask = samples_of_sent_mask(reply.value)
    made, source = samples(page.saved()), samples(PHOTO)
    assert (made[30, 40] != source[30, 40]).any()
    assert (made[mask] != source[mask]).any(axis=1).mean() > 0.9
    assert (made[~mask] == source[~mask]).all()


def samples_of_sent_mask(reply: Any) -> Any:
    """(H, W), what the page had painted."""
    sent = reply.request.post_data_json["mask"]
    drawn = opened(base64.b64decode(sent.partition(",")[2]))
    return np.asarray(drawn.convert("RGB").convert("L")) > 127


def test_a_click_becomes_a_mask_and_that_is_erased(page: Page) -> None:
    page.plugin("Interactive Segmentation")
    with page.replied("run_plugin_gen_mask") as reply:
        page.page.mouse.click(*page.at(*DISC))
    assert reply.value.status == 200
    page.page.get_by_role("button", name="Accept").click()
    with page.replied("inpaint") as reply:
        page.brush(500, 400)  # without a stroke the page sends nothing
    assert reply.value.status == 200
    made, source = samples(page.saved()), samples(PHOTO)
    assert (made[30, 40] != source[30, 40]).any()
    assert (made[80:300] == source[80:300]).all()


def test_it_is_made_larger(page: Page) -> None:
    with page.replied("run_plugin_gen_image") as reply:
        page.plugin("RealESRGAN", "upscale 2x")
    assert reply.value.status == 200
    page.page.get_by_text("1280x960").wait_for()
    assert opened(page.saved()).size == (1280, 960)


def test_the_other_model_paints_by_words_and_grows_the_canvas(page: Page) -> None:
    page.use("Other Diffusion", "cleanplate-prompt")
    page.brush()
    page.page.get_by_placeholder("I want to repaint of...").fill("hold a cat")
    with page.replied("inpaint") as reply:
        page.page.get_by_role("button", name="Paint").click()
    assert reply.value.status == 200, reply.value.text()
    assert reply.value.request.post_data_json["prompt"] == "hold a cat"
    page.page.locator("#extender").click()
    page.page.get_by_text("1.25x").click()
    with page.replied("inpaint") as reply:
        page.page.get_by_role("button", name="Paint").click()
    assert reply.value.status == 200, reply.value.text()
    page.page.get_by_text("800x600").wait_for()
