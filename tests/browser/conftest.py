"""The studio in Debian's Chromium, before a whole server. Without a browser its tests are skipped."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image
from starlette.applications import Starlette
from tests.api.servers import KEY, served, settings_for
from tests.chromium import browser

from cleanplate.app import build

__all__ = ["browser"]

WAIT_MS: Final = 30_000
SIZE: Final = (640, 427)
_EDITS: Final = Path(__file__).with_name("slow_edits.py")


def picture(kind: str = "JPEG", size: tuple[int, int] = SIZE, **more: Any) -> bytes:
    """A meadow with a red ball on it, in the middle."""
    drawn = Image.linear_gradient("L").resize(size).convert("RGB")
    noise = Image.effect_noise(size, 24).convert("RGB")
    drawn = Image.blend(drawn, noise, 0.3)
    x, y = size[0] // 2, size[1] // 2
    drawn.paste((220, 30, 40), (x - 30, y - 20, x + 30, y + 20))
    stream = io.BytesIO()
    drawn.save(stream, kind, **more)
    return stream.getvalue()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    """A whole server."""
    folder = tmp_path_factory.mktemp("edits")
    shutil.copy(_EDITS, folder)
    return build(settings_for(tmp_path_factory.mktemp("studio"), plugins=folder))


@pytest.fixture(scope="session")
def admin_key(app: Starlette) -> str:
    """Of that server; its other key is no admin's."""
    return str(app.state.services.access.create("boss", admin=True)[1])


@pytest.fixture(scope="session")
def site(app: Starlette) -> Iterator[str]:
    """Its address."""
    with served(app, lifespan="on") as base:
        yield base


class Studio:
    """One tab with the page, signed in."""

    def __init__(self, page: Any, site: str) -> None:
        self.page = page
        self.said: list[str] = []
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", self._hear)
        page.on(
            "filechooser", lambda chooser: None
        )  # from the first one on it is the test's, not the browser's
        page.goto(site)
        page.get_by_role("heading", level=1).wait_for()

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def open(self, data: bytes, name: str = "meadow.jpg", kind: str = "image/jpeg") -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Choose a picture").click()
        chooser.value.set_files({"name": name, "mimeType": kind, "buffer": data})
        self.page.get_by_text(name).wait_for()
        self.canvas.wait_for()
        self.settled()

    @property
    def canvas(self) -> Any:
        return self.page.locator(".canvas")

    def settled(self) -> None:
        """Two frames later what was done is drawn."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A place in the window, from the middle of the canvas."""
        box = self.canvas.bounding_box()
        return box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y

    def stroke(self, *points: tuple[float, float]) -> None:
        """From point to point, as a mouse draws; offsets from the middle."""
        self.page.mouse.move(*self.at(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point), steps=6)
        self.page.mouse.up()
        self.settled()

    def painted(self) -> int:
        """How many pixels of the canvas the mask covers."""
        found: int = self.page.evaluate(
            """() => {
              const canvas = document.querySelectorAll(".canvas-layers canvas")[1]
              const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
              let count = 0
              for (let at = 3; at < data.length; at += 4) if (data[at] > 127) count += 1
              return count
            }"""
        )
        return found

    def wait_for_ball(self, there: bool = True) -> None:
        """Wait until the red ball is in the middle of the canvas, or gone: decoding takes a moment."""
        self.page.wait_for_function(
            """(there) => {
              const canvas = document.querySelectorAll(".canvas-layers canvas")[0]
              const {width, height} = canvas
              const middle = canvas.getContext("2d").getImageData(width / 2, height / 2, 1, 1)
              const [red, green, blue] = middle.data
              return (red > 150 && green < 90 && blue < 100) === there
            }""",
            arg=there,
        )

    @property
    def results(self) -> Any:
        return self.page.locator(".history-item")

    def erased(self, count: int = 1) -> None:
        """Wait until so many results are there, and shown."""
        self.results.nth(count).wait_for()
        self.settled()

    def saved(self) -> tuple[str, bytes]:
        """The name and the bytes of what the button saves."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Save", exact=True).click()
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.fixture
def context(browser: Any, site: str) -> Iterator[Any]:
    """A browser of its own, signed in, that reaches nothing but the server."""
    made = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    made.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}')")
    asked: list[str] = []
    made.on("request", lambda request: asked.append(request.url))
    yield made
    made.close()
    assert [url for url in asked if not url.startswith((f"{site}/", "blob:", "data:"))] == []


@pytest.fixture
def studio(context: Any, site: str) -> Iterator[Studio]:
    """The page; nothing may be said on its console that the test did not take."""
    opened = Studio(context.new_page(), site)
    yield opened
    assert opened.said == []


__all__ = ["KEY", "SIZE", "Studio", "picture"]
