"""`python -m tests.browser.take_picture docs/studio.jpg`: the studio at work on the example photograph."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import sync_playwright
from tests.api.servers import KEY, served, settings_for
from tests.browser.conftest import Studio

from cleanplate.app import build

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
WINDOW: Final = (1280, 800)
SCALE: Final = 1.25
QUALITY: Final = 88
SIZE: Final = (1120, 896)
FIRST: Final = (360, 515, 545, 690)
SECOND: Final = (750, 640, 915, 780)
ROWS: Final = 4
FITTED: Final = 0.93
"""How much of the canvas a picture fills that fits it."""


def main(target: Path) -> None:
    """Erase one dandelion, paint over the next, and take the picture."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with (
        tempfile.TemporaryDirectory() as data,
        served(build(settings_for(Path(data))), lifespan="on") as site,
        sync_playwright() as started,
    ):
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": WINDOW[0], "height": WINDOW[1]},
            device_scale_factor=SCALE,
            color_scheme="light",
        )
        context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}')")
        studio = Studio(context.new_page(), site)
        studio.open((EXAMPLES / "meadow.jpg").read_bytes())
        paint(studio, FIRST)
        studio.page.keyboard.press("Enter")
        studio.erased()
        paint(studio, SECOND)
        taken = target.with_suffix(".png")
        studio.page.screenshot(path=taken)
        with Image.open(taken) as picture:
            picture.convert("RGB").save(target, quality=QUALITY, optimize=True)
        taken.unlink()
        browser.close()


def paint(studio: Studio, box: tuple[int, int, int, int]) -> None:
    """Strokes to and fro over a box of the example, in its own pixels."""
    canvas = studio.canvas.bounding_box()
    scale = min(canvas["width"] / SIZE[0], canvas["height"] / SIZE[1]) * FITTED
    left, top, right, bottom = ((at - SIZE[way % 2] / 2) * scale for way, at in enumerate(box))
    turns = ((left, right), (right, left))
    rows = [top + (bottom - top) * row / ROWS for row in range(ROWS + 1)]
    studio.stroke(*((x, y) for row, y in enumerate(rows) for x in turns[row % 2]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
