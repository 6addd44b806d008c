"""Many pictures with a mask each: matched by name, those without listed, asked what is painted; zips."""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from PIL import Image, ImageDraw
from tests.browser.conftest import SIZE, Studio, picture
from tests.browser.test_batch import Batch
from tests.browser.test_batch_words import is_red
from tests.browser.test_erasing import samples

Files = Sequence[tuple[str, bytes]]


@pytest.fixture
def batch(studio: Studio) -> Batch:
    opened = Batch(studio)
    opened.open()
    return opened


def mask(painted: int = 255, ground: int = 0, box: tuple[int, int] = (60, 50), kind: str = "PNG") -> bytes:
    """Over the ball in the middle."""
    drawn = Image.new("L", SIZE, ground)
    x, y = SIZE[0] // 2, SIZE[1] // 2
    ImageDraw.Draw(drawn).rectangle((x - box[0], y - box[1], x + box[0], y + box[1]), fill=painted)
    stream = io.BytesIO()
    drawn.save(stream, kind)
    return stream.getvalue()


def choose(batch: Batch) -> None:
    batch.dialog.get_by_label("A mask for each, by its name").check()


def add_masks(batch: Batch, files: Files) -> None:
    with batch.page.expect_file_chooser() as chooser:
        batch.dialog.get_by_role("button", name="Add masks").click()
    kind = "image/png"
    chooser.value.set_files([{"name": name, "mimeType": kind, "buffer": data} for name, data in files])


def start(batch: Batch) -> Any:
    return batch.dialog.get_by_role("button", name="Start")


def version_of(batch: Batch) -> str:
    """In the addresses of the page's files."""
    source = batch.page.locator("link[rel=modulepreload]").first.get_attribute("href") or ""
    return re.sub(r"studio/([0-9a-f]+)/.*", r"\1", source)


def test_each_has_its_own_and_what_has_none_is_listed_first(batch: Batch) -> None:
    sources = {name: picture("PNG") for name in ("a.png", "b.png", "c.png")}
    batch.add(list(sources.items()))
    choose(batch)
    assert start(batch).is_disabled()
    wide, small = (200, 120), (60, 50)
    add_masks(batch, [("a_mask.png", mask(box=wide)), ("B-mask.png", mask(box=small)), ("zebra.png", mask())])
    batch.ended("2 of 3 pictures have a mask.")
    lists = batch.dialog.locator(".batch-named")
    assert lists.nth(0).inner_text().startswith("No mask for these (1).")
    assert lists.nth(0).locator("li").all_inner_texts() == ["c.png"]
    assert "belong to no picture (1)" in lists.nth(1).inner_text()
    assert start(batch).is_disabled()
    add_masks(batch, [("c.png", mask()), ("c.mask.png", mask())])
    batch.dialog.get_by_text("It cannot be told which mask is meant for these (1):").wait_for()
    assert start(batch).is_disabled()
    batch.press("Remove the masks")
    batch.ended("0 of 3 pictures have a mask.")
    add_masks(batch, [("a_mask.png", mask(box=wide)), ("B-mask.png", mask(box=small)), ("c.png.png", mask())])
    batch.ended("3 of 3 pictures have a mask.")
    batch.page.reload()  # what was given is kept
    batch.reopen()
    choose(batch)
    batch.press("Start")
    batch.ended("3 done, 0 failed, 0 to go")
    with batch.saved() as read:
        changed = {}
        for name, source in sources.items():
            after = samples(read.read(name))
            assert not is_red(read.read(name))
            changed[name] = int((after != samples(source)).any(axis=2).sum())
    assert changed["a.png"] > 3 * changed["b.png"] > 0


def test_it_is_asked_what_is_painted(batch: Batch) -> None:
    batch.add([("a.png", picture("PNG")), ("b.png", picture("PNG"))])
    choose(batch)
    add_masks(batch, [("a.png", mask(painted=0, ground=255)), ("b.png", mask(painted=0, ground=255))])
    batch.ended("2 of 2 pictures have a mask.")
    asked = batch.dialog.get_by_label("What goes, in all of the masks:")
    asked.wait_for()
    assert start(batch).is_disabled()
    asked.select_option(label="What is black")
    batch.press("Start")
    batch.ended("2 done, 0 failed, 0 to go")
    with batch.saved() as read:
        for name in ("a.png", "b.png"):
            assert not is_red(read.read(name))
            assert (samples(read.read(name))[:40] == samples(picture("PNG"))[:40]).mean() > 0


def test_masks_among_the_pictures_are_taken_and_odd_ones_told(batch: Batch) -> None:
    half = mask(box=(30, 20))
    other = Image.open(io.BytesIO(half)).resize((320, 214))
    stream = io.BytesIO()
    other.save(stream, "PNG")
    empty = mask(painted=0)
    batch.add(
        [
            ("a.png", picture("PNG")),
            ("a_mask.png", mask()),
            ("b.png", picture("PNG")),
            ("b_mask.png", stream.getvalue()),
            ("c.png", picture("PNG")),
            ("c_mask.png", empty),
        ]
    )
    choose(batch)
    batch.press("Take 3 of the pictures as masks")
    batch.ended("3 of 3 pictures have a mask.")
    means = batch.dialog.get_by_label("What goes, in all of the masks:")
    if means.count():  # one that is all black says nothing
        means.select_option(label="What is white")
    batch.press("Start")
    batch.ended("1 done, 2 failed, 0 to go")
    assert "The mask does not fit the picture." in batch.rows.nth(1).inner_text()
    assert "Nothing is marked." in batch.rows.nth(2).inner_text()


def test_a_large_zip_goes_straight_to_the_disk(batch: Batch) -> None:
    page = batch.page
    batch.add([("a.png", picture("PNG")), ("b.png", picture("PNG"))])
    batch.press("Start")
    batch.ended("2 done, 0 failed, 0 to go")
    version = version_of(batch)
    read = page.evaluate(
        """async (version) => {
          const {saveZip} = await import(`/studio/${version}/batch/save_zip.js`)
          const root = await navigator.storage.getDirectory()
          const asked = []
          window.showSaveFilePicker = async (how) => {
            asked.push(how.suggestedName)
            return root.getFileHandle("disk.zip", {create: true})
          }
          async function* files() {
            for (const name of ["x.bin", "y.bin"]) yield {name, file: new Blob([name.repeat(1000)])}
          }
          await saveZip(files(), 2 ** 31)
          const file = await (await root.getFileHandle("disk.zip")).getFile()
          async function* broken() {
            yield {name: "z", file: new Blob(["z"])}
            throw new Error("gone")
          }
          const failed = await saveZip(broken(), 2 ** 31).catch((error) => error.message)
          const after = await (await root.getFileHandle("disk.zip")).getFile()
          window.showSaveFilePicker = async () => { throw new DOMException("no", "AbortError") }
          const refused = await saveZip(files(), 2 ** 31).catch((error) => error.name)
          const bytes = [...new Uint8Array(await file.arrayBuffer())]
          return {bytes, asked, failed, same: after.size, refused}
        }""",
        version,
    )
    with zipfile.ZipFile(io.BytesIO(bytes(read["bytes"]))) as found:
        assert found.testzip() is None
        assert [found.read(name) for name in ("x.bin", "y.bin")] == [b"x.bin" * 1000, b"y.bin" * 1000]
    assert read["asked"] == ["cleanplate.zip", "cleanplate.zip"]
    assert (read["failed"], read["refused"]) == ("gone", "AbortError")
    assert read["same"] == len(read["bytes"])  # a half one takes the place of none


def test_downloads_are_parted_by_size(batch: Batch) -> None:
    page = batch.page
    version = version_of(batch)
    parts = page.evaluate(
        """async (version) => {
          const {inDownloads} = await import(`/studio/${version}/batch/save_zip.js`)
          async function* files() {
            for (const at of [0, 1, 2, 3, 4]) {
              yield {name: `${at}.bin`, file: new Blob([new Uint8Array(4000).fill(at)])}
            }
          }
          const saved = []
          await inDownloads(files(), {save: (file, name) => saved.push({file, name}), mostBytes: 10_000})
          await inDownloads((async function* () {})(), {save: () => saved.push("an empty one")})
          const read = async (file) => [...new Uint8Array(await file.arrayBuffer())]
          return Promise.all(saved.map(async ({file, name}) => [name, await read(file)]))
        }""",
        version,
    )
    assert [name for name, _ in parts] == ["cleanplate-1.zip", "cleanplate-2.zip", "cleanplate-3.zip"]
    found: list[str] = []
    for _, data in parts:
        with zipfile.ZipFile(io.BytesIO(bytes(data))) as read:
            assert read.testzip() is None
            found += read.namelist()
    assert found == [f"{at}.bin" for at in range(5)]
