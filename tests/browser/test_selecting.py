"""Marking with the server's help: clicks and boxes, words, text; and the mask as a whole.

Each can be undone, and is there after a reload.
"""

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from tests.api.servers import served, settings_for
from tests.browser.conftest import KEY, SIZE, WAIT_MS, Studio, picture
from tests.plugins import pack
from tests.runtimes import here

from cleanplate.app import build
from cleanplate.models.parts.mobile_sam import CARD

BALL = 60 * 40


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with a model for every role."""
    app = build(settings_for(tmp_path_factory.mktemp("select"), plugins=Path(pack.__file__).parent))
    with served(app, lifespan="on") as base:
        yield base


@pytest.fixture
def opened(studio: Studio) -> Iterator[Studio]:
    studio.open(picture("PNG"), "meadow.png", "image/png")
    studio.wait_for_ball()
    yield studio


def bar(studio: Studio, name: str) -> Any:
    return studio.page.locator(".pick-bar").get_by_role("button", name=name, exact=True)


def covered(studio: Studio, layer: int) -> int:
    """How many pixels of a layer are drawn on: 1 the mask, 2 what is kept, 3 what is being selected."""
    found: int = studio.page.evaluate(
        """(layer) => {
          const canvas = document.querySelectorAll(".canvas-layers canvas")[layer]
          const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
          let count = 0
          for (let at = 3; at < data.length; at += 4) if (data[at] > 60) count += 1
          return count
        }""",
        layer,
    )
    return found


def hovered(studio: Studio, shown: bool) -> None:
    """Wait until what a click would select is shown, or no more."""
    deadline_s = time.monotonic() + WAIT_MS / 1000
    while (covered(studio, 3) > 0) != shown:
        assert time.monotonic() < deadline_s
        studio.page.wait_for_timeout(50)


def listened(studio: Studio, path: str = "v1/selections") -> None:
    """From here on the page notes what it asks of that address."""
    studio.page.evaluate(
        """(path) => {
          const real = window.fetch
          window.asked = []
          window.fetch = (url, options) => {
            if (String(url).endsWith(path))
              options.body.text().then((text) => window.asked.push(JSON.parse(text).parameters))
            return real(url, options)
          }
        }""",
        path,
    )


def heard(studio: Studio, count: int) -> Any:
    """The parameters of the last of so many."""
    studio.page.wait_for_function("(count) => window.asked.length === count", arg=count)
    return studio.page.evaluate("window.asked.at(-1)")


def asked(studio: Studio, count: int) -> Any:
    """The parameters of the last of so many selections, once it is there."""
    parameters = heard(studio, count)
    bar(studio, "Add").wait_for()
    return parameters


def marked(studio: Studio) -> None:
    """Wait until there is a mask."""
    studio.page.get_by_role("button", name="Clear the mask").and_(studio.page.locator(":enabled")).wait_for()


def reloaded(studio: Studio) -> None:
    studio.page.wait_for_timeout(400)
    studio.page.reload()
    studio.canvas.wait_for()
    studio.wait_for_ball()
    studio.settled()


def written(studio: Studio) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The mask as the page saves it."""
    page = studio.page
    if not page.get_by_role("button", name="Export").is_visible():
        page.get_by_text("The whole mask", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "meadow-mask.png"
    return np.asarray(Image.open(download.value.path()).convert("L")) > 127


def read(studio: Studio, data: bytes, name: str = "mask.png") -> None:
    page = studio.page
    if not page.get_by_role("button", name="Import").is_visible():
        page.get_by_text("The whole mask", exact=True).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import").click()
    chooser.value.set_files({"name": name, "mimeType": "image/png", "buffer": data})


def png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def ball() -> np.ndarray[Any, np.dtype[np.bool_]]:
    flags = np.zeros(SIZE[::-1], np.bool_)
    x, y = SIZE[0] // 2, SIZE[1] // 2
    flags[y - 20 : y + 20, x - 30 : x + 30] = True
    return flags


def test_a_click_selects_the_thing_and_enter_joins_it(opened: Studio) -> None:
    page = opened.page
    page.keyboard.press("s")
    page.get_by_text("Click on a thing, or drag a box round it.").wait_for()
    page.mouse.click(*opened.at(0, 0))
    bar(opened, "Add").wait_for()
    opened.settled()
    assert opened.painted() == 0
    assert BALL / 2 < covered(opened, 3) < 1.3 * BALL
    page.keyboard.press("Enter")
    opened.settled()
    assert opened.painted() == pytest.approx(BALL, rel=0.02)
    assert covered(opened, 3) == 0
    assert (written(opened) == ball()).all()
    page.keyboard.press("Control+z")
    opened.settled()
    assert opened.painted() == 0
    page.keyboard.press("Control+y")
    reloaded(opened)
    assert opened.painted() == pytest.approx(BALL, rel=0.02)
    assert (written(opened) == ball()).all()


def test_the_candidates_are_stepped_through_by_key_and_button(opened: Studio) -> None:
    page = opened.page
    page.keyboard.press("s")
    page.mouse.click(*opened.at(0, 0))
    page.get_by_text("1 / 2").wait_for()
    opened.settled()
    one = covered(opened, 3)
    page.keyboard.press(".")
    page.get_by_text("2 / 2").wait_for()
    opened.settled()
    assert covered(opened, 3) > 20 * one
    bar(opened, "Previous candidate").click()
    page.get_by_text("1 / 2").wait_for()
    opened.settled()
    assert covered(opened, 3) == one
    page.keyboard.press("Escape")
    opened.settled()
    assert covered(opened, 3) == 0
    assert opened.painted() == 0


def test_what_is_selected_and_not_joined_is_there_after_a_reload(opened: Studio) -> None:
    page = opened.page
    page.keyboard.press("s")
    page.mouse.click(*opened.at(0, 0))
    bar(opened, "Add").wait_for()
    opened.settled()
    selected = covered(opened, 3)
    reloaded(opened)
    bar(opened, "Add").wait_for()
    assert covered(opened, 3) == selected
    assert opened.painted() == 0
    page.keyboard.press(".")
    page.get_by_text("2 / 2").wait_for()
    page.keyboard.press(",")
    page.get_by_text("1 / 2").wait_for()
    page.keyboard.press("Enter")
    opened.settled()
    assert (written(opened) == ball()).all()
    reloaded(opened)
    assert covered(opened, 3) == 0


def test_what_was_being_asked_for_is_asked_again_after_a_reload(opened: Studio) -> None:
    page = opened.page
    page.route("**/v1/selections", lambda route: None)
    page.keyboard.press("s")
    page.mouse.click(*opened.at(0, 0))
    page.locator(".is-asking").wait_for()
    page.wait_for_timeout(400)
    page.unroute("**/v1/selections")
    reloaded(opened)
    bar(opened, "Add").wait_for()
    page.keyboard.press("Enter")
    opened.settled()
    assert (written(opened) == ball()).all()


@pytest.mark.parametrize("way", ["right", "alt", "toolbar"])
def test_a_click_beside_it_says_what_is_not_meant(opened: Studio, way: str) -> None:
    page = opened.page
    listened(opened)
    page.keyboard.press("s")
    page.mouse.click(*opened.at(0, 0))
    assert asked(opened, 1)["not_points"] == []
    if way == "right":
        page.mouse.click(*opened.at(100, 0), button="right")
    elif way == "alt":
        page.keyboard.down("Alt")
        page.mouse.click(*opened.at(100, 0))
        page.keyboard.up("Alt")
    else:
        page.get_by_role("button", name="What is clicked on is none of it").click()
        page.mouse.click(*opened.at(100, 0))
    sent = asked(opened, 2)
    assert sent["points"] == [[pytest.approx(320, abs=1), pytest.approx(213, abs=1)]]
    assert sent["not_points"] == [[pytest.approx(420, abs=1), pytest.approx(213, abs=1)]]
    page.keyboard.press("Control+z")
    assert asked(opened, 3)["not_points"] == []


def test_a_selection_by_keys_alone(opened: Studio) -> None:
    page = opened.page
    page.keyboard.press("s")
    opened.canvas.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    bar(opened, "Add").wait_for()
    page.keyboard.press("Enter")
    opened.settled()
    assert opened.painted() == pytest.approx(BALL, rel=0.02)


def test_a_click_that_fails_takes_nothing_along(opened: Studio) -> None:
    page = opened.page
    page.keyboard.press("s")
    page.mouse.click(*opened.at(0, 0))
    bar(opened, "Add").wait_for()
    opened.settled()
    selected = covered(opened, 3)
    page.keyboard.down("Alt")
    page.mouse.click(*opened.at(10, 0))
    page.keyboard.up("Alt")
    page.get_by_text("There is nothing here that could be outlined.").wait_for()
    opened.settled()
    assert covered(opened, 3) == selected
    opened.said = [text for text in opened.said if "422" not in text]  # the browser's own line


def test_a_box_selects_and_is_taken_from_the_mask(opened: Studio) -> None:
    page = opened.page
    page.keyboard.press("r")
    opened.stroke((-100, -50), (100, 50))
    page.keyboard.press("s")
    opened.stroke((-60, -45), (60, 45))
    bar(opened, "Take away").click()
    opened.settled()
    mask = written(opened)
    assert not mask[ball()].any()
    assert mask.sum() == pytest.approx(200 * 100 - BALL, rel=0.03)


def test_what_is_selected_is_erased_at_once(opened: Studio) -> None:
    page = opened.page
    page.keyboard.press("s")
    page.mouse.click(*opened.at(0, 0))
    bar(opened, "Add").wait_for()
    page.get_by_role("button", name="Erase", exact=True).click()
    opened.erased()
    opened.wait_for_ball(False)
    page.keyboard.press("Control+z")
    opened.settled()
    assert opened.painted() == pytest.approx(BALL, rel=0.02)


def test_a_part_of_what_was_selected_is_brought_back(opened: Studio) -> None:
    page = opened.page
    before = np.asarray(Image.open(io.BytesIO(picture("PNG"))).convert("RGB"))
    page.keyboard.press("k")
    opened.stroke((25, -15), (25, 15))
    page.keyboard.press("s")
    page.mouse.click(*opened.at(-20, 0))
    bar(opened, "Add").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    opened.erased()
    page.keyboard.press("r")
    opened.stroke((-40, -30), (-5, 30))
    page.keyboard.press("Shift+Enter")
    opened.erased(2)
    _, data = opened.saved()
    after = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    changed = (before != after).any(axis=2)[SIZE[1] // 2 - 12 : SIZE[1] // 2 + 12]
    middle = SIZE[0] // 2
    assert not changed[:, middle - 30 : middle - 6].any()
    assert changed[:, middle - 2 : middle + 8].mean() > 0.9
    assert not changed[:, middle + 22 : middle + 28].any()


def test_another_tool_takes_the_selection_along(opened: Studio) -> None:
    opened.page.keyboard.press("s")
    opened.page.mouse.click(*opened.at(0, 0))
    bar(opened, "Add").wait_for()
    opened.page.keyboard.press("b")
    opened.settled()
    assert opened.painted() == pytest.approx(BALL, rel=0.02)


def balls() -> bytes:
    image = Image.open(io.BytesIO(picture("PNG"))).convert("RGB")
    image.paste((220, 30, 40), (80, 60, 130, 100))
    return png(image)


def test_a_pointer_that_rests_shows_what_a_click_would_select(opened: Studio) -> None:
    page = opened.page
    listened(opened)
    page.keyboard.press("s")
    page.mouse.move(*opened.at(0, 0))
    page.wait_for_function("() => window.asked.length === 1")
    hovered(opened, True)
    assert bar(opened, "Add").count() == 0
    assert opened.painted() == 0
    page.mouse.move(*opened.at(12, 8))  # on the same thing
    page.wait_for_timeout(500)
    assert page.evaluate("window.asked.length") == 1
    assert covered(opened, 3) > 0
    page.mouse.move(*opened.at(-150, 0))
    hovered(opened, False)
    page.keyboard.press("b")
    page.mouse.move(*opened.at(0, 0))
    page.wait_for_timeout(500)
    assert covered(opened, 3) == 0


def test_a_pointer_that_rests_takes_nothing_of_limits(opened: Studio) -> None:
    """It is asked once, where the reply says that the key has limits."""
    page = opened.page
    limits = {"RateLimit-Policy": '"queue";q=600, "quota";q=500'}

    def limited(route: Any) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, headers={**reply.headers, **limits})

    page.route("**/v1/selections", limited)
    listened(opened)
    page.keyboard.press("s")
    page.mouse.move(*opened.at(0, 0))
    hovered(opened, True)
    page.mouse.move(*opened.at(-150, 0))
    hovered(opened, False)
    page.mouse.move(*opened.at(0, 0))
    page.wait_for_timeout(600)
    assert page.evaluate("window.asked.length") == 1


def test_a_dialog_takes_nothing_of_a_selection(opened: Studio) -> None:
    page = opened.page
    page.keyboard.press("s")
    page.mouse.click(*opened.at(0, 0))
    bar(opened, "Add").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert bar(opened, "Add").is_visible()
    page.get_by_role("button", name="Undo").click()
    bar(opened, "Add").wait_for(state="detached")


def test_words_find_things_that_are_chosen_by_clicks(studio: Studio) -> None:
    page = studio.page
    studio.open(balls(), "meadow.png", "image/png")
    page.get_by_label("Find by words").fill("the red balls")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_text("2 of 2 chosen").wait_for()
    page.mouse.click(*studio.at(0, 0))
    page.get_by_text("1 of 2 chosen").wait_for()
    bar(studio, "Add").click()
    studio.settled()
    mask = written(studio)
    assert mask.sum() == 50 * 40
    assert mask[60:100, 80:130].all()
    reloaded(studio)
    assert studio.painted() == pytest.approx(50 * 40, rel=0.02)


def test_text_is_shown_in_boxes_and_the_clicked_ones_are_joined(studio: Studio) -> None:
    page = studio.page
    studio.open(balls(), "meadow.png", "image/png")
    page.get_by_role("button", name="Text in the picture").click()
    page.get_by_text("0 of 2 chosen").wait_for()
    assert bar(studio, "Add").is_disabled()
    page.mouse.click(*studio.at(0, 0))
    page.get_by_text("1 of 2 chosen").wait_for()
    bar(studio, "All").click()
    page.get_by_text("2 of 2 chosen").wait_for()
    page.keyboard.press("Enter")
    studio.settled()
    assert written(studio).sum() == BALL + 50 * 40
    page.keyboard.press("Control+z")
    studio.settled()
    assert studio.painted() == 0


def test_a_single_text_is_chosen_already(opened: Studio) -> None:
    opened.page.get_by_role("button", name="Text in the picture").click()
    opened.page.get_by_text("1 of 1 chosen").wait_for()
    opened.page.keyboard.press("Enter")
    opened.settled()
    assert written(opened).sum() == BALL


def test_a_mask_of_letters_alone_grows_little(opened: Studio) -> None:
    """The server's own 1 % is for what people paint: it would reach what stands beside the letters."""
    page = opened.page
    listened(opened, "v1/edits")
    page.get_by_role("button", name="Text in the picture").click()
    page.get_by_text("1 of 1 chosen").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert heard(opened, 1) == {"dilate_px": 4}
    opened.erased()
    page.keyboard.press("Control+z")
    page.keyboard.press("b")
    opened.stroke((-90, -60), (-60, -60))
    page.keyboard.press("Enter")
    assert heard(opened, 2) == {}


def test_what_is_not_there_is_told(opened: Studio) -> None:
    opened.page.get_by_label("Find by words").fill("nothing")
    opened.page.get_by_label("Find by words").press("Enter")
    opened.page.get_by_text("Nothing in the picture is “nothing”.").wait_for()
    opened.said = [text for text in opened.said if "422" not in text]  # the browser's own line


def test_a_mask_grows_and_shrinks(opened: Studio) -> None:
    page = opened.page
    read(opened, png(Image.fromarray(ball())))
    marked(opened)
    page.get_by_label("Pixels", exact=True).fill("10")
    page.get_by_role("button", name="Grow", exact=True).click()
    page.wait_for_timeout(100)
    page.get_by_role("button", name="Grow", exact=True).and_(page.locator(":enabled")).wait_for()
    grown = written(opened)
    assert grown.sum() == pytest.approx(80 * 60 - (4 - np.pi) * 100, rel=0.02)
    page.get_by_role("button", name="Shrink", exact=True).click()
    page.wait_for_timeout(100)
    page.get_by_role("button", name="Shrink", exact=True).and_(page.locator(":enabled")).wait_for()
    assert (written(opened) == ball()).mean() > 0.999
    page.keyboard.press("Control+z")
    assert (written(opened) == grown).all()
    reloaded(opened)
    assert (written(opened) == grown).all()


def test_a_mask_that_is_clear_is_read_at_once(opened: Studio) -> None:
    strokes = Image.new("RGBA", SIZE)
    ImageDraw.Draw(strokes).rectangle((100, 100, 149, 139), fill=(255, 40, 120, 200))
    read(opened, png(strokes))
    marked(opened)
    mask = written(opened)
    assert mask.sum() == 50 * 40
    assert mask[100:140, 100:150].all()


@pytest.mark.parametrize(("answer", "share"), [("What is white", 0.75), ("What is black", 0.25)])
def test_what_an_unclear_mask_means_is_asked(opened: Studio, answer: str, share: float) -> None:
    page = opened.page
    mask = Image.new("L", SIZE, 255)
    mask.paste(0, (0, 0, SIZE[0] // 4, SIZE[1]))
    read(opened, png(mask))
    page.get_by_role("dialog", name="What is marked in it?").wait_for()
    page.get_by_role("button", name=answer).click()
    page.get_by_role("dialog").wait_for(state="detached")
    marked(opened)
    assert written(opened).mean() == pytest.approx(share)


def test_a_mask_of_another_size_is_refused_with_both_sizes(opened: Studio) -> None:
    read(opened, png(Image.new("L", (300, 200))))
    times = "\N{MULTIPLICATION SIGN}"
    told = f"The mask is 300 {times} 200 pixels, the picture {SIZE[0]} {times} {SIZE[1]}."
    opened.page.get_by_text(told).wait_for()
    assert opened.painted() == 0


def test_the_bucket_fills_a_closed_outline_and_no_open_one(opened: Studio) -> None:
    page = opened.page
    opened.stroke((-100, -60), (100, -60), (100, 60), (-100, 60), (-100, -30))
    outline = opened.painted()
    page.keyboard.press("g")
    page.mouse.click(*opened.at(0, 0))
    page.get_by_text("The outline is not closed here.").wait_for()
    assert opened.painted() == outline
    page.keyboard.press("b")
    opened.stroke((-100, -30), (-100, -60))
    page.keyboard.press("g")
    page.mouse.click(*opened.at(0, 0))
    page.wait_for_timeout(100)
    opened.settled()
    assert opened.painted() > 200 * 120
    whole = written(opened)
    assert whole[ball()].all()
    page.keyboard.down("Alt")
    page.mouse.click(*opened.at(0, 0))
    page.keyboard.up("Alt")
    page.wait_for_timeout(100)
    opened.settled()
    assert opened.painted() == 0
    page.keyboard.press("Control+z")
    reloaded(opened)
    assert (written(opened) == whole).all()


def test_what_is_kept_does_not_change_and_stays_so(opened: Studio) -> None:
    page = opened.page
    before = np.asarray(Image.open(io.BytesIO(picture("PNG"))).convert("RGB"))
    page.keyboard.press("k")
    opened.stroke((-100, 0), (0, 0))
    assert covered(opened, 2) > 100 * 15
    assert opened.painted() == 0
    assert page.get_by_role("button", name="Erase", exact=True).is_disabled()
    reloaded(opened)
    assert covered(opened, 2) > 100 * 15
    page.keyboard.press("r")
    opened.stroke((-60, -40), (60, 40))
    page.keyboard.press("Enter")
    opened.erased()
    _, data = opened.saved()
    after = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    changed = (before != after).any(axis=2)
    assert not changed[SIZE[1] // 2, SIZE[0] // 2 - 25]
    assert changed[SIZE[1] // 2, SIZE[0] // 2 + 25]
    assert covered(opened, 2) > 100 * 15


def test_bitmaps_are_exact_in_the_largest_pictures(studio: Studio) -> None:
    """Drawn in bands, whole and from the mask, with strokes over them; and they are small."""
    found = studio.page.evaluate(
        """async () => {
          const main = document.querySelector("script[type=module]").src
          const load = (path) => import(new URL(path, main).href)
          const {RunWriter} = await load("mask/bitmap.js")
          const {flagsOf} = await load("mask/read_bitmap.js")
          const [width, height] = [8192, 4882]
          const stripes = (x, y) => (x * 7 + (y >> 3) * 13) % 4096 < 700 + (y % 5)
          const painted = (x, y) => stripes(x, y) || (x === 8191 && y === 4881)
          const writer = new RunWriter(width, height)
          for (let y = 0; y < height; y += 1)
            writer.row(y, Uint8Array.from({length: width}, (_, x) => painted(x, y)), 0)
          const shape = writer.shape()
          const points = [1000, 1000, 3000, 1000, 3000, 2100, 1000, 2100]
          const taken = {kind: "polygon", mode: "subtract", points}
          const flags = flagsOf([shape, taken], {width, height})
          let wrong = 0
          for (let y = 0, at = 0; y < height; y += 1)
            for (let x = 0; x < width; x += 1, at += 1) {
              const cut = x >= 1000 && x < 3000 && y >= 1000 && y < 2100
              if (flags[at] !== Number(painted(x, y) && !cut)) wrong += 1
            }
          return {wrong, bytes: shape.runs.length, box: shape.box}
        }"""
    )
    assert found["wrong"] == 0
    assert found["box"] == [0, 0, 8192, 4882]
    assert found["bytes"] < 300_000


REAL = pytest.mark.skipif(bool(CARD.missing(here())), reason="not pulled: cleanplate models pull mobilesam")


@REAL
def test_a_click_by_the_real_model(browser: Any, tmp_path: Path) -> None:
    """A red ball on a meadow is what MobileSAM outlines."""
    with served(build(settings_for(tmp_path)), lifespan="on") as base:
        context = browser.new_context()
        context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}')")
        studio = Studio(context.new_page(), base)
        studio.open(picture("PNG"), "meadow.png", "image/png")
        studio.page.keyboard.press("s")
        studio.page.mouse.click(*studio.at(0, 0))
        studio.page.get_by_text("/ 3").wait_for()
        studio.page.keyboard.press("Enter")
        mask = written(studio)
        assert (mask & ball()).sum() / (mask | ball()).sum() > 0.8
        assert studio.said == []
        context.close()


def test_a_server_without_a_model_says_how_to_get_one(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    app = build(settings_for(tmp_path / "data", models=models))
    with served(app, lifespan="on") as base:
        context = browser.new_context()
        context.add_init_script(f"sessionStorage.setItem('cleanplate.key', '{KEY}')")
        studio = Studio(context.new_page(), base)
        studio.open(picture())
        studio.page.keyboard.press("s")
        studio.page.get_by_text("cleanplate models pull mobilesam").wait_for()
        studio.page.get_by_role("button", name="Look again").click()
        studio.page.get_by_text("cleanplate models pull mobilesam").wait_for()
        assert studio.said == []
        studio.page.get_by_label("Find by words").fill("the lamp")
        studio.page.get_by_label("Find by words").press("Enter")
        studio.page.get_by_text("cleanplate models pull grounding").wait_for()
        context.close()
