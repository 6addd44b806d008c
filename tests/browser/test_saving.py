"""Files that are saved: kind, quality, depth, camera data, and what has changed alone. And the loupe."""

import base64
import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.browser.conftest import SIZE, Studio, picture

MASKED = (slice(SIZE[1] // 2 - 60, SIZE[1] // 2 + 60), slice(SIZE[0] // 2 - 90, SIZE[0] // 2 + 90))


def told() -> Image.Exif:
    tags = Image.Exif()
    tags[0x10F] = "Maker"
    tags.get_ifd(0x8769)[0x9003] = "2026:11:30 12:00:00"
    tags.get_ifd(0x8825)[1] = "N"
    return tags


def deep() -> Any:
    """16 bits a channel, (H, W, 3), red first, with a red ball."""
    eight = np.asarray(Image.open(io.BytesIO(picture("PNG"))).convert("RGB")).astype(np.uint16)
    return eight * 257 + np.random.default_rng(1).integers(0, 9, eight.shape, np.uint16)


def as_png(values: Any) -> bytes:
    return cv2.imencode(".png", values[..., ::-1])[1].tobytes()


def samples(data: bytes) -> Any:
    """As they are in the file, red first."""
    read: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return read[..., [2, 1, 0, 3][: read.shape[2]]]


def erase(studio: Studio) -> None:
    studio.page.locator(".brush-size input").fill("75")
    studio.stroke((-40, -8), (40, -8), (40, 8), (-40, 8))
    studio.page.keyboard.press("Enter")
    studio.erased()
    studio.wait_for_ball(False)


def downloaded(studio: Studio, press: Callable[[], None]) -> tuple[str, bytes]:
    with studio.page.expect_download() as download:
        press()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def saved_as(studio: Studio, kind: str, **more: Any) -> tuple[str, bytes]:
    """By the dialog: `quality` as it is shown, `data` whether the camera's are kept."""
    page = studio.page
    page.keyboard.press("Control+Shift+s")
    dialog = page.get_by_role("dialog", name="Save as")
    dialog.get_by_label("File type").select_option(kind)
    if "quality" in more:
        dialog.get_by_label("Quality").select_option(more["quality"])
    dialog.get_by_label("Keep camera data").set_checked(more.get("data", True))
    found = downloaded(studio, dialog.get_by_role("button", name="Save", exact=True).click)
    dialog.wait_for(state="detached")
    return found


def test_a_jpeg_keeps_what_its_camera_said_until_that_is_left_out(studio: Studio) -> None:
    source = picture("JPEG", quality=90, exif=told())
    studio.open(source)
    erase(studio)
    name, data = studio.saved()
    kept = Image.open(io.BytesIO(data))
    assert (name, kept.format, kept.size, kept.getexif()[0x10F]) == ("meadow.jpg", "JPEG", SIZE, "Maker")
    assert kept.getexif().get_ifd(0x8825)[1] == "N"
    bare = Image.open(io.BytesIO(saved_as(studio, "jpeg", data=False)[1]))
    assert not set(bare.getexif())
    # what is not encoded again is the same to the last bit
    assert (np.asarray(bare) == np.asarray(kept)).all()
    before = np.asarray(Image.open(io.BytesIO(source)))
    assert (np.asarray(kept)[:100] == before[:100]).all()
    # it stays so for the button that asks nothing
    name, data = studio.saved()
    assert (name, set(Image.open(io.BytesIO(data)).getexif())) == ("meadow.jpg", set())


@pytest.mark.parametrize(
    ("kind", "name", "form"), [("png", "png", "PNG"), ("webp", "webp", "WEBP"), ("tiff", "tif", "TIFF")]
)
def test_other_kinds_have_the_name_the_pixels_and_the_data(
    studio: Studio, kind: str, name: str, form: str
) -> None:
    studio.open(picture("PNG", exif=told()), "meadow.v2.png", "image/png")
    erase(studio)
    result = samples(studio.saved()[1])
    saved, data = saved_as(studio, kind)
    made = Image.open(io.BytesIO(data))
    assert (saved, made.format, made.size) == (f"meadow.v2.{name}", form, SIZE)
    assert (np.asarray(made.convert("RGB")) == result[..., :3]).all()
    tags = made.getexif()
    assert (tags[0x10F], tags.get_ifd(0x8769)[0x9003]) == ("Maker", "2026:11:30 12:00:00")


def test_quality_is_heard(studio: Studio) -> None:
    studio.open(picture("PNG"), "meadow.png", "image/png")
    sizes = [len(saved_as(studio, "jpeg", quality=quality)[1]) for quality in ("50", "95")]
    assert sizes[0] < sizes[1] / 1.5


def test_16_bits_stay_16_and_nothing_beside_the_mask_changes(studio: Studio) -> None:
    values = deep()
    studio.open(as_png(values), "scan.png", "image/png")
    erase(studio)
    page = studio.page
    page.keyboard.press("Control+Shift+s")
    page.get_by_text("The 16 bits a channel of this picture are kept.").wait_for()
    page.get_by_label("File type").select_option("jpeg")
    page.get_by_text("files of this type have 8").wait_for()
    page.keyboard.press("Escape")
    for kind in ("png", "tiff"):
        read = samples(saved_as(studio, kind)[1])
        assert read.dtype == np.uint16
        differs = (read != values).any(axis=2)
        assert differs[MASKED].any()
        differs[MASKED] = False
        assert not differs.any()


def test_what_has_changed_lies_over_the_original(studio: Studio) -> None:
    values = deep()
    studio.open(as_png(values), "scan.png", "image/png")
    page = studio.page
    layer_button = page.get_by_role("button", name="Save as a layer")
    page.get_by_role("button", name="Save as").click()
    assert layer_button.is_disabled()
    page.keyboard.press("Escape")
    erase(studio)
    result = samples(studio.saved()[1])
    page.get_by_role("button", name="Save as").click()
    name, data = downloaded(studio, layer_button.click)
    layer = samples(data)
    at = data.index(b"oFFs") + 4
    left, top, unit = struct.unpack(">iiB", data[at : at + 9])
    assert (name, unit) == (f"scan-patch+{left}+{top}.png", 0)
    assert (layer.dtype, left > 0, top > 0) == (np.uint16, True, True)
    height, width = layer.shape[:2]
    assert height * width < values.shape[0] * values.shape[1] / 8
    solid = layer[..., 3] == 65535
    assert set(np.unique(layer[..., 3])) <= {0, 65535}
    values[top : top + height, left : left + width][solid] = layer[..., :3][solid]
    assert (values == result).all()


def test_of_a_photo_on_its_side_only_what_has_changed_is_a_layer(studio: Studio) -> None:
    """Such a JPEG is encoded anew when it is edited: that is no change of the picture."""
    tags = told()
    tags[0x112] = 6
    studio.open(picture("JPEG", (SIZE[1], SIZE[0]), exif=tags))
    studio.wait_for_ball()
    erase(studio)
    studio.page.keyboard.press("Control+Shift+s")
    name, data = downloaded(studio, studio.page.get_by_role("button", name="Save as a layer").click)
    height, width = samples(data).shape[:2]
    assert name.startswith("meadow-patch+")
    assert height * width < SIZE[0] * SIZE[1] / 6


def test_a_tiff_opens_by_the_server_and_is_saved_as_one(studio: Studio) -> None:
    values = deep()
    data = cv2.imencode(".tif", values[..., ::-1])[1].tobytes()
    studio.open(data, "scan.tif", "image/tiff")
    studio.wait_for_ball()
    erase(studio)
    studio.page.keyboard.press("Control+Shift+s")
    assert studio.page.get_by_label("File type").input_value() == "tiff"
    studio.page.keyboard.press("Escape")
    name, saved = saved_as(studio, "tiff")
    read = samples(saved)
    assert (name, read.dtype, read.shape) == ("scan.tif", np.uint16, values.shape)
    assert (read[:100] == values[:100]).all()


def test_a_refusal_says_why(studio: Studio) -> None:
    """The server refuses a patch of two sizes; the page stays as it was."""
    studio.open(picture("PNG"), "meadow.png", "image/png")
    page = studio.page
    page.locator(".edit-chooser").click()
    page.get_by_role("dialog").get_by_role("button", name="Extend").click()
    page.get_by_label("To the right").fill("1.5")
    page.get_by_role("button", name="Extend", exact=True).click()
    studio.erased()
    page.keyboard.press("Control+Shift+s")
    page.get_by_role("button", name="Save as a layer").click()
    page.get_by_role("alert").filter(has_text="only where both have one size").wait_for()
    studio.said.clear()


LENS = """() => {
  const canvas = document.querySelector(".loupe canvas")
  return canvas.toDataURL("image/png").split(",")[1]
}"""


def seen(studio: Studio) -> Any:
    """What is in the lens, (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(studio.page.evaluate(LENS)))).convert("RGB"))


def test_the_loupe_shows_pixels_one_to_one(studio: Studio) -> None:
    size = (1800, 1200)
    values = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    studio.open(as_png(values), "large.png", "image/png")
    page = studio.page
    page.mouse.move(*studio.at(-100, 40))
    page.keyboard.press("m")
    page.locator(".loupe").wait_for()
    page.mouse.move(*studio.at(-101, 40))
    page.wait_for_function("() => document.querySelector('.loupe canvas').width === 220")
    studio.settled()
    shown = seen(studio)
    lens = shown[:90]  # above the frame
    found = cv2.matchTemplate(values, np.ascontiguousarray(lens), cv2.TM_SQDIFF)
    best, _, (left, top), _ = cv2.minMaxLoc(found)
    assert best <= 1e4  # the very pixels
    scale = page.evaluate(
        "() => Number(document.querySelector('.percent').textContent.replace(' %', '')) / 100"
    )
    assert abs(left + 110 - (size[0] / 2 - 101 / scale)) < 30
    assert abs(top + 110 - (size[1] / 2 + 40 / scale)) < 30
    # keys move it too
    page.keyboard.press("m")
    page.locator(".loupe").wait_for(state="detached")
    page.get_by_role("button", name="Loupe").click()
    page.locator(".canvas").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    studio.settled()
    before = seen(studio)
    page.keyboard.press("ArrowRight")
    studio.settled()
    assert (seen(studio) != before).mean() > 0.9
    page.keyboard.press("Escape")
    page.locator(".loupe").wait_for(state="detached")


def test_the_loupe_compares_before_and_after(studio: Studio) -> None:
    source = picture("PNG")
    studio.open(source, "meadow.png", "image/png")
    erase(studio)
    result, before = samples(studio.saved()[1]), samples(source)
    page = studio.page
    page.keyboard.press("c")
    page.locator("img-comparison-slider").wait_for()
    page.get_by_role("button", name="Loupe").click()
    page.locator(".loupe").wait_for()
    page.mouse.move(*[sum(pair) for pair in zip(middle(page), (3, 2), strict=True)])
    page.wait_for_function("() => document.querySelector('.loupe canvas').width === 220")
    page.wait_for_timeout(200)
    lens = seen(studio)
    y, x = before.shape[0] // 2, before.shape[1] // 2
    left = cv2.matchTemplate(before, np.ascontiguousarray(lens[20:90, :100]), cv2.TM_SQDIFF)
    right = cv2.matchTemplate(result, np.ascontiguousarray(lens[20:90, 120:]), cv2.TM_SQDIFF)
    assert cv2.minMaxLoc(left)[0] <= 1e3
    assert cv2.minMaxLoc(right)[0] <= 1e3
    assert abs(cv2.minMaxLoc(left)[2][0] + 110 - x) < 20
    assert abs(cv2.minMaxLoc(left)[2][1] + 90 - y) < 20
    page.locator("img-comparison-slider").focus()
    # The line moves while the key is down, frame by frame
    page.keyboard.down("ArrowLeft")
    page.wait_for_timeout(300)
    page.keyboard.up("ArrowLeft")
    assert (seen(studio) != lens).any()


def test_the_loupe_outlives_the_comparison(studio: Studio) -> None:
    studio.open(picture())
    erase(studio)
    for key in ("m", "c", "c", "c"):
        studio.page.keyboard.press(key)
        studio.settled()
    studio.page.locator(".loupe").wait_for()


def middle(page: Any) -> tuple[float, float]:
    box = page.locator("img-comparison-slider img").first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
