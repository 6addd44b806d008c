"""What a person does: open, paint, erase, compare, undo, redo, save; with the mouse, and by keys alone."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.browser.conftest import SIZE, Studio, picture


def samples(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_open_paint_erase_compare_undo_redo_save(studio: Studio) -> None:
    page, source = studio.page, picture("PNG")
    studio.open(source, "meadow.png", "image/png")
    studio.wait_for_ball()
    run = page.get_by_role("button", name="Erase", exact=True)
    assert run.is_disabled()
    page.locator(".brush-size input").fill("75")
    studio.stroke((-40, -8), (40, -8), (40, 8), (-40, 8))
    assert studio.painted() > 80 * 16
    run.click()
    studio.erased()
    studio.wait_for_ball(False)
    assert studio.painted() == 0

    page.get_by_role("button", name="Compare").click()
    slider = page.locator("img-comparison-slider")
    slider.wait_for()
    assert slider.locator("img").evaluate_all(
        "(all) => all.map((one) => one.complete && one.naturalWidth)"
    ) == [
        SIZE[0],
        SIZE[0],
    ]
    page.keyboard.press("Escape")
    slider.wait_for(state="detached")

    page.keyboard.press("Control+z")
    studio.settled()
    studio.wait_for_ball()
    assert studio.painted() > 0
    page.keyboard.press("Control+z")
    studio.settled()
    assert studio.painted() == 0
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+Shift+z")
    studio.settled()
    studio.wait_for_ball(False)

    name, data = studio.saved()
    assert name == "meadow.png"
    before, after = samples(source), samples(data)
    assert after.shape == before.shape
    changed = (before != after).any(axis=2)
    assert changed[SIZE[1] // 2, SIZE[0] // 2]
    rows, columns = np.nonzero(changed)
    assert abs(rows - SIZE[1] / 2).max() < 60
    assert abs(columns - SIZE[0] / 2).max() < 90


def test_a_jpeg_stays_one_and_keeps_its_name_and_profile(studio: Studio) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    studio.open(picture("JPEG", quality=93, icc_profile=profile), "My holiday.JPG")
    studio.stroke((-40, 0), (40, 0))
    studio.page.keyboard.press("Enter")
    studio.erased()
    name, data = studio.saved()
    kept = Image.open(io.BytesIO(data))
    assert (name, kept.format, kept.size) == ("My holiday.JPG", "JPEG", SIZE)
    assert kept.info["icc_profile"] == profile


def test_by_keys_alone(studio: Studio) -> None:
    page = studio.page
    page.locator("body").press("Tab")
    while page.evaluate("document.activeElement.textContent.trim()") != "Choose a picture":
        page.keyboard.press("Tab")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "meadow.png", "mimeType": "image/png", "buffer": picture("PNG")})
    studio.canvas.wait_for()
    studio.settled()
    assert page.evaluate("document.activeElement.classList.contains('canvas')")
    for key in ("b", "]", "]", "]", "]", "ArrowLeft", "ArrowLeft", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    studio.settled()
    assert studio.painted() > 500
    page.keyboard.press("Enter")
    studio.erased()
    assert studio.painted() == 0
    page.keyboard.press("c")
    page.locator("img-comparison-slider").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    studio.settled()
    assert studio.painted() > 500
    page.keyboard.press("Control+y")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    with page.expect_download() as download:
        page.keyboard.press("Control+s")
    assert download.value.suggested_filename == "meadow.png"


def test_a_result_that_is_made_again_is_a_branch(studio: Studio) -> None:
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.stroke((-40, 0), (40, 0))
    studio.page.keyboard.press("Enter")
    studio.erased()
    studio.page.get_by_role("button", name="Try another seed").click()
    studio.erased(2)
    assert studio.results.nth(2).get_attribute("aria-current") == "step"
    studio.results.nth(1).click()
    assert studio.results.nth(1).get_attribute("aria-current") == "step"
    studio.page.keyboard.press("Control+z")
    studio.settled()
    assert studio.painted() > 0
    studio.wait_for_ball()
    assert studio.results.count() == 3


def test_erase_after_each_stroke(studio: Studio) -> None:
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.page.get_by_label("Erase after each stroke").check()
    studio.stroke((-40, 0), (40, 0))
    studio.stroke((-40, 60), (40, 60))
    studio.erased(2)
    assert studio.painted() == 0


@pytest.mark.parametrize("orientation", [6, 8])
def test_a_picture_that_was_held_sideways_is_upright(studio: Studio, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    studio.open(picture("JPEG", quality=95, exif=exif))
    studio.page.get_by_text(f"{SIZE[1]} \N{MULTIPLICATION SIGN} {SIZE[0]}").wait_for()
    page = studio.page
    page.keyboard.press("r")
    studio.stroke((-30, -60), (30, 60))
    page.keyboard.press("Enter")
    studio.erased()
    studio.wait_for_ball(False)
    _, data = studio.saved()
    upright = Image.open(io.BytesIO(data))
    assert upright.getexif().get(0x0112, 1) == 1
    assert upright.size == (SIZE[1], SIZE[0])


def test_what_is_no_picture_is_told(studio: Studio) -> None:
    studio.page.get_by_role("button", name="Choose a picture").wait_for()
    with studio.page.expect_file_chooser() as chooser:
        studio.page.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files({"name": "a.tif", "mimeType": "image/tiff", "buffer": picture("TIFF")[:9000]})
    studio.page.get_by_text("This browser cannot show that file (TIFF).").wait_for()
    assert studio.page.get_by_role("button", name="Choose a picture").is_enabled()


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(studio: Studio, way: str) -> None:
    studio.page.get_by_role("button", name="Choose a picture").wait_for()
    studio.page.evaluate(
        """([way, text]) => {
          const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
          const given = new DataTransfer()
          given.items.add(new File([bytes], "given.png", {type: "image/png"}))
          const about = {bubbles: true, cancelable: true}
          const event = way === "drop"
            ? new DragEvent("drop", {...about, dataTransfer: given})
            : new ClipboardEvent("paste", {...about, clipboardData: given})
          document.body.dispatchEvent(event)
        }""",
        [way, base64.b64encode(picture("PNG")).decode()],
    )
    studio.page.get_by_text("given.png").wait_for()
    studio.settled()
    studio.wait_for_ball()


def test_another_picture_takes_the_place_of_the_first(studio: Studio) -> None:
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    with studio.page.expect_file_chooser() as chooser:
        studio.page.keyboard.press("Control+o")
    chooser.value.set_files({"name": "b.png", "mimeType": "image/png", "buffer": picture("PNG", (300, 200))})
    studio.page.get_by_text("b.png").wait_for()
    studio.settled()
    assert studio.painted() == 0
    studio.wait_for_ball()
