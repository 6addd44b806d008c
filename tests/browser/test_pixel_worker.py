"""Work on the pixels of masks blocks the page at no size; where no worker can draw, the page does it."""

import io
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from PIL import Image, ImageDraw
from tests.browser.conftest import KEY, Studio, picture
from tests.browser.test_selecting import marked, png, read, written

LARGE: Final = (8192, 4882)
LONGEST_TASK_MS: Final = 300
"""Below 100 where nothing else runs; in the page itself these took 850 and 1260."""
LISTEN: Final = """() => {
  window.long = []
  new PerformanceObserver((list) => {
    for (const {duration} of list.getEntries()) window.long.push(duration)
  }).observe({type: "longtask"})
}"""


@pytest.fixture
def opened_with(browser: Any, site: str) -> Iterator[Callable[[str, bytes], Studio]]:
    """A page that began with a script, and a picture in it."""
    contexts = []

    def opened(script: str, data: bytes) -> Studio:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}'); {script}")
        studio = Studio(context.new_page(), site)
        studio.page.set_default_timeout(120_000)
        studio.open(data)
        return studio

    yield opened
    for context in contexts:
        context.close()


def fill(studio: Studio) -> None:
    """An outline, and the bucket in it."""
    studio.page.keyboard.press("b")
    studio.stroke((-150, -100), (150, -100), (150, 100), (-150, 100), (-150, -100))
    outline = studio.painted()
    studio.page.keyboard.press("g")
    studio.page.mouse.click(*studio.at(0, 0))
    for _ in range(100):
        if studio.painted() > 1.5 * outline:
            break
        studio.page.wait_for_timeout(200)
    assert studio.painted() > 200 * 120


def test_the_largest_picture_does_not_block_the_page(opened_with: Callable[[str, bytes], Studio]) -> None:
    stream = io.BytesIO()
    Image.linear_gradient("L").resize(LARGE).convert("RGB").save(stream, "JPEG", quality=80)
    studio = opened_with("", stream.getvalue())
    studio.page.wait_for_load_state("networkidle")
    studio.page.evaluate(LISTEN)
    fill(studio)
    studio.page.keyboard.press("Control+z")
    mask = Image.new("L", LARGE)
    ImageDraw.Draw(mask).ellipse((1000, 1000, 3000, 2000), fill=255)
    read(studio, png(mask))
    marked(studio)
    studio.page.keyboard.press("Control+z")
    fill(studio)
    assert written(studio).shape == LARGE[::-1]
    assert max(studio.page.evaluate("window.long"), default=0) < LONGEST_TASK_MS
    assert studio.said == []


@pytest.mark.parametrize("lacking", ["Worker", "OffscreenCanvas"])
def test_browsers_without_one_do_it_in_the_page(
    opened_with: Callable[[str, bytes], Studio], lacking: str
) -> None:
    studio = opened_with(f"delete window.{lacking}", picture())
    fill(studio)
    assert written(studio)[213, 320]
    assert studio.said == []
