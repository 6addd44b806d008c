"""Many pictures at once: one mask, all text, the chosen edit; failures, limits, a reload, the zip."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from tests.browser.conftest import WAIT_MS, Studio, picture
from tests.browser.test_edits import choose, options
from tests.browser.test_erasing import samples
from tests.browser.test_troubles import kept

Files = Sequence[tuple[str, bytes]]


class Batch:
    """The dialog of many pictures in one page."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.page = studio, studio.page
        self.dialog = self.page.get_by_role("dialog", name="Many pictures")

    def open(self) -> None:
        self.page.get_by_role("button", name="Many pictures at once").click()
        self.dialog.wait_for()

    def reopen(self) -> None:
        self.page.get_by_role("button", name="Batch").click()
        self.dialog.wait_for()

    def add(self, files: Files) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.dialog.get_by_role("button", name="Add pictures").click()
        chooser.value.set_files(
            [{"name": name, "mimeType": "image/png", "buffer": data} for name, data in files]
        )
        self.rows.nth(len(files) - 1).wait_for()

    @property
    def rows(self) -> Any:
        return self.dialog.locator(".batch-list li")

    def press(self, name: str) -> None:
        self.dialog.get_by_role("button", name=name, exact=True).click()

    def ended(self, text: str, wait_ms: int = WAIT_MS) -> None:
        self.dialog.get_by_text(text).wait_for(timeout=wait_ms)

    def saved(self) -> zipfile.ZipFile:
        with self.page.expect_download() as download:
            self.dialog.get_by_role("button", name="as a zip").click()
        assert download.value.suggested_filename == "cleanplate.zip"
        read = zipfile.ZipFile(Path(download.value.path()))
        assert read.testzip() is None
        return read


@pytest.fixture
def batch(studio: Studio) -> Batch:
    return Batch(studio)


def written() -> bytes:
    drawn = Image.open(io.BytesIO(picture("PNG"))).convert("RGB")
    ImageDraw.Draw(drawn).text((60, 60), "SAMPLE TEXT", fill=(255, 255, 255), font_size=48)
    stream = io.BytesIO()
    drawn.save(stream, "PNG")
    return stream.getvalue()


def three() -> Files:
    return [("a.png", picture("PNG")), ("b.png", picture("PNG")), ("a.png", picture("PNG", (320, 214)))]


def mark(batch: Batch) -> None:
    """The middle, in the editor."""
    batch.dialog.get_by_label("What is marked in the editor goes, in all of them").check()
    batch.press("Mark the first one")
    batch.studio.canvas.wait_for()
    batch.studio.settled()
    batch.page.keyboard.press("r")
    batch.studio.stroke((-70, -50), (70, 50))
    batch.reopen()


def test_from_the_editor_its_mask_goes_to_many(batch: Batch) -> None:
    batch.studio.open(picture("PNG"), "first.png", "image/png")
    batch.studio.stroke((-70, 0), (70, 0))
    batch.open()
    batch.add([("a.png", picture("PNG"))])
    batch.dialog.get_by_label("What is marked in the editor goes, in all of them").check()
    batch.press("Start")
    batch.ended("1 done, 0 failed, 0 to go")


def test_one_mask_for_all_and_a_zip_of_the_results(batch: Batch) -> None:
    files = three()
    batch.open()
    batch.add(files)
    assert batch.dialog.get_by_role("button", name="Start").is_enabled()
    mark(batch)
    batch.press("Start")
    batch.ended("3 done, 0 failed, 0 to go")
    with batch.saved() as read:
        assert read.namelist() == ["a.png", "b.png", "a (2).png"]
        for name, (_, source) in zip(read.namelist(), files, strict=True):
            before, after = samples(source), samples(read.read(name))
            assert after.shape == before.shape
            height, width = before.shape[:2]
            red = after[height // 2, width // 2]
            assert red[0] < 150 or red[1] > 90
            assert (before[: height // 4] == after[: height // 4]).all()
    batch.press("Remove all")
    batch.ended("Choose pictures or a folder")


def test_all_text_goes(batch: Batch) -> None:
    source = written()
    batch.open()
    batch.add([("sign.png", source)])
    batch.press("Start")
    batch.ended("1 done, 0 failed, 0 to go")
    with batch.saved() as read:
        before, after = samples(source), samples(read.read("sign.png"))
    letters = (before > 250).all(axis=2)
    assert letters.sum() > 500
    assert (after[letters] > 250).all(axis=1).mean() < 0.02


def test_what_fails_is_told_and_tried_again(batch: Batch) -> None:
    batch.open()
    batch.add([("sign.png", written()), ("broken.png", b"\x89PNG\r\n\x1a\nnothing"), ("two.png", written())])
    batch.press("Start")
    batch.ended("2 done, 1 failed, 0 to go")
    assert "The server cannot read this file." in batch.rows.nth(1).inner_text()
    batch.press("Try the failed ones again")
    batch.ended("2 done, 1 failed, 0 to go")
    batch.dialog.get_by_role("button", name="Remove broken.png").click()
    batch.ended("2 done, 0 failed, 0 to go")
    with batch.saved() as read:
        assert read.namelist() == ["sign.png", "two.png"]


def test_the_edit_that_is_chosen_in_the_editor(batch: Batch) -> None:
    studio = batch.studio
    studio.open(picture("PNG"), "meadow.png", "image/png")
    choose(studio, "Enlarge")
    studio.page.evaluate(
        """(data) => {
          const given = new DataTransfer()
          for (const name of ["x.png", "y.png"]) {
            given.items.add(new File([Uint8Array.from(data)], name, {type: "image/png"}))
          }
          document.body.dispatchEvent(
            new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: given}))
        }""",
        list(picture("PNG", (120, 80))),
    )
    batch.rows.nth(1).wait_for()
    batch.dialog.get_by_label("Enlarge, as it is set in the editor").check()
    batch.press("Start")
    batch.ended("2 done, 0 failed, 0 to go")
    with batch.saved() as read:
        assert {Image.open(io.BytesIO(read.read(name))).size for name in ("x.png", "y.png")} == {(240, 160)}


def test_a_folder_keeps_its_names(batch: Batch, tmp_path: Path) -> None:
    inner = tmp_path / "trip" / "day 2"
    inner.mkdir(parents=True)
    for path in (inner / "a.png", inner.parent / "b.png"):
        path.write_bytes(written())
    (inner / "notes.txt").write_text("no picture")
    batch.open()
    with batch.page.expect_file_chooser() as chooser:
        batch.dialog.get_by_role("button", name="Add a folder").click()
    chooser.value.set_files(tmp_path / "trip")
    batch.rows.nth(1).wait_for()
    batch.press("Start")
    batch.ended("2 done, 0 failed, 0 to go")
    with batch.saved() as read:
        assert sorted(read.namelist()) == ["trip/b.png", "trip/day 2/a.png"]


def start_two_slow_ones(batch: Batch) -> None:
    """Two pictures with what is marked in the editor; the first is being done when this returns."""
    batch.studio.open(picture("PNG"), "meadow.png", "image/png")
    options(batch.studio)
    batch.page.get_by_label("Engine", exact=True).select_option("patient")
    batch.page.evaluate("document.activeElement.blur()")
    batch.studio.stroke((-40, 0), (40, 0))
    drop(batch, ["1.png", "2.png"])
    batch.dialog.get_by_label("What is marked in the editor goes, in all of them").check()
    batch.press("Start")
    batch.dialog.locator(".is-running").first.wait_for()


def test_a_reload_in_the_middle_goes_on(batch: Batch) -> None:
    page = batch.page
    start_two_slow_ones(batch)
    kept(batch.studio)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.reload()
    batch.reopen()
    batch.dialog.locator(".is-running").first.wait_for()
    second = page.context.new_page()
    second.goto(page.url)
    second.get_by_role("button", name="Batch in another tab").click()
    second.get_by_text("Another tab works on many pictures already.").wait_for()
    second.close()
    batch.ended("2 done, 0 failed, 0 to go", 2 * WAIT_MS)  # each takes a quarter of a minute
    assert "POST" not in asked
    with batch.saved() as read:
        assert read.namelist() == ["1.png", "2.png"]


def drop(batch: Batch, names: list[str]) -> None:
    batch.page.evaluate(
        """([names, data]) => {
          const given = new DataTransfer()
          for (const name of names) {
            given.items.add(new File([Uint8Array.from(data)], name, {type: "image/png"}))
          }
          document.body.dispatchEvent(
            new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: given}))
        }""",
        [names, list(picture("PNG", (160, 107)))],
    )
    batch.rows.nth(len(names) - 1).wait_for()


def test_a_limit_is_waited_for_and_stop_stops(batch: Batch) -> None:
    page = batch.page
    refused: list[str] = []

    def refuse_once(route: Any) -> None:
        if route.request.method != "POST" or len(refused) >= 2:
            route.continue_()
            return
        refused.append(route.request.headers["idempotency-key"])
        error = {"error": {"code": "rate-limit", "message": "too many"}}
        route.fulfill(status=429, headers={"Retry-After": "1"}, json=error)

    page.route("**/v1/edits", refuse_once)
    batch.open()
    batch.add([("sign.png", written()), ("two.png", written())])
    batch.press("Start")
    batch.ended("2 done, 0 failed, 0 to go")
    assert len(refused) == 2
    batch.studio.said = [text for text in batch.studio.said if "429" not in text]


def test_stop_cancels_and_start_goes_on(batch: Batch) -> None:
    page = batch.page
    start_two_slow_ones(batch)
    with page.expect_response(lambda reply: reply.request.method == "DELETE") as reply:
        batch.press("Stop")
    assert reply.value.status in (200, 202)
    batch.ended("0 done, 0 failed, 2 to go")
    page.keyboard.press("Escape")
    batch.dialog.wait_for(state="detached")
    page.get_by_label("Engine", exact=True).select_option("telea")
    batch.reopen()
    batch.press("Start")
    batch.ended("2 done, 0 failed, 0 to go")
