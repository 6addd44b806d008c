"""What the page says of files that are none, of what cannot run, and of how long it takes."""

import io
import re
from typing import Any

import pytest
from PIL import Image
from tests.browser.conftest import SIZE, Studio, picture
from tests.browser.test_batch import Batch, Files
from tests.browser.test_batch_masks import add_masks, mask
from tests.browser.test_batch_masks import choose as choose_masks
from tests.browser.test_edits import choose, run
from tests.browser.test_troubles import engine


def animated(kind: str = "GIF") -> bytes:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "blue")]
    stream = io.BytesIO()
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:])
    return stream.getvalue()


def give(studio: Studio, name: str, kind: str, data: bytes) -> Any:
    with studio.page.expect_file_chooser() as chooser:
        studio.page.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files({"name": name, "mimeType": kind, "buffer": data})
    return studio.page.locator(".notice.is-error")


@pytest.mark.parametrize(
    ("name", "kind", "data", "text"),
    [
        ("party.gif", "image/gif", animated(), "This file is animated or has several pages"),
        ("party.webp", "image/webp", animated("WEBP"), "This file is animated or has several pages"),
        ("nothing.jpg", "image/jpeg", b"", "This file is empty. It has 0 bytes."),
        ("notes.jpg", "image/jpeg", b"Milk, eggs, bread\n" * 9, "This file is no picture, or it is damaged."),
    ],
)
def test_a_file_that_is_no_still_picture_is_called_that(
    studio: Studio, name: str, kind: str, data: bytes, text: str
) -> None:
    alert = give(studio, name, kind, data)
    alert.wait_for()
    assert text in alert.inner_text().replace("\n", " ").replace("  ", " ")
    assert alert.count() == 1
    assert alert.get_by_role("button", name="Try again").count() == 0
    assert not studio.canvas.is_visible()
    studio.said = [line for line in studio.said if "422" not in line]


def test_a_still_gif_opens(studio: Studio) -> None:
    studio.open(picture("GIF"), "still.gif", "image/gif")
    assert studio.page.locator(".notice.is-error").count() == 0


def test_what_only_the_server_can_tell_is_said_once_and_not_tried_again(studio: Studio) -> None:
    studio.page.add_init_script("delete window.ImageDecoder")
    studio.page.reload()
    studio.open(animated(), "party.gif", "image/gif")
    studio.stroke((-40, 0), (40, 0))
    alert = studio.page.locator(".notice.is-error")
    for _ in range(2):
        with studio.page.expect_response(lambda reply: reply.request.method == "POST"):
            run(studio)
        studio.page.get_by_role("button", name="Erase", exact=True).wait_for()
        alert.get_by_text("This file is animated or has several pages").wait_for()
    assert alert.count() == 1
    assert alert.get_by_role("button", name="Try again").count() == 0


def test_a_time_that_is_over_is_not_shown(studio: Studio) -> None:
    """Patient takes a quarter of a minute; the server is made to say one second."""
    page = studio.page
    page.add_init_script(
        """const parse = JSON.parse
        JSON.parse = (text, ...more) => {
          const read = parse(text, ...more)
          if (read && "eta_ms" in read) read.eta_ms = 1500
          return read
        }"""
    )
    page.reload()
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    engine(studio, "patient")
    run(studio)
    said = page.get_by_text("about 2 s")
    said.wait_for()
    said.wait_for(state="detached", timeout=5000)
    assert page.get_by_text("Erasing").is_visible()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Erase", exact=True).wait_for()


def test_again_belongs_to_the_edit_that_is_chosen(studio: Studio) -> None:
    page = studio.page
    studio.open(picture())
    studio.stroke((-40, 0), (40, 0))
    run(studio)
    studio.erased()
    again = page.get_by_role("button", name="Try another seed")
    again.wait_for()
    choose(studio, "Extend")
    again.wait_for(state="detached")
    assert page.get_by_role("button", name="Try all").count() == 0
    choose(studio, "Erase")
    again.wait_for()


def test_words_without_a_model_are_refused_before_anything_begins(studio: Studio) -> None:
    batch = Batch(studio)
    batch.open()
    batch.add([("a.png", picture("PNG"))])
    batch.dialog.get_by_label("What these words name goes").check()
    words = batch.dialog.get_by_label("Words", exact=True)
    start = batch.dialog.get_by_role("button", name="Start")
    words.fill("the red ball")
    start.click()
    batch.dialog.get_by_text("cleanplate models pull grounding", exact=True).wait_for()
    assert start.is_disabled()
    assert "waiting" in batch.rows.nth(0).inner_text()
    words.fill("watermark")  # which needs none
    assert start.is_enabled()
    start.click()
    batch.ended("0 to go")
    studio.said = [line for line in studio.said if "422" not in line]


def test_many_pictures_with_an_empty_file_and_a_mask_of_another_size(studio: Studio) -> None:
    batch = Batch(studio)
    batch.open()
    files: Files = [("a.png", picture("PNG")), ("b.png", b"")]
    batch.add(files)
    choose_masks(batch)
    small = Image.open(io.BytesIO(mask())).resize((320, 214))
    stream = io.BytesIO()
    small.save(stream, "PNG")
    add_masks(batch, [("a.png", stream.getvalue()), ("b.png", mask())])
    batch.press("Start")
    batch.ended("0 done, 2 failed, 0 to go")
    wrong = batch.rows.nth(0).inner_text()
    assert re.search(rf"The mask is 320 . 214 pixels, the picture {SIZE[0]} . {SIZE[1]}\.", wrong)
    assert "Open the picture again" not in wrong
    assert "This file is empty." in batch.rows.nth(1).inner_text()
    retry = batch.dialog.get_by_role("button", name="Try the failed ones again")
    assert retry.count() == 0
    batch.press("Remove the masks")
    add_masks(batch, [("a.png", mask()), ("b.png", mask())])
    retry.click()
    batch.ended("1 done, 1 failed, 0 to go")
