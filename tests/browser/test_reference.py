"""The second picture of an edit that needs one: chosen, dropped, pasted; kept over a reload; refused."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.api.servers import served, settings_for
from tests.browser.conftest import Studio, picture
from tests.browser.test_edits import choose, options, run
from tests.browser.test_erasing import samples
from tests.browser.test_troubles import kept
from tests.plugins import pack

from cleanplate.app import build

TITLE = "Style of a picture"
GREEN, BLUE = (0, 200, 0), (20, 40, 230)
GIVE = """([data, kind]) => {
  const given = new DataTransfer()
  given.items.add(new File([Uint8Array.from(data)], `${kind}.png`, {type: "image/png"}))
  const about = {bubbles: true, cancelable: true}
  document.querySelector(".reference button").dispatchEvent(kind === "drop"
    ? new DragEvent("drop", {...about, dataTransfer: given})
    : new ClipboardEvent("paste", {...about, clipboardData: given}))
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose transfer mixes the picture with the mean colour of the reference."""
    app = build(settings_for(tmp_path_factory.mktemp("reference"), plugins=Path(pack.__file__).parent))
    with served(app, lifespan="on") as base:
        yield base


def plain(colour: tuple[int, int, int]) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (41, 23), colour).save(stream, "PNG")
    return stream.getvalue()


def give(studio: Studio, data: bytes, name: str = "painting.png") -> None:
    with studio.page.expect_file_chooser() as chooser:
        field(studio).click()
    chooser.value.set_files({"name": name, "mimeType": "image/png", "buffer": data})


def field(studio: Studio) -> Any:
    return studio.page.get_by_role("button", name="In the style of")


def begin(studio: Studio) -> Any:
    studio.open(picture("PNG"), "meadow.png", "image/png")
    choose(studio, TITLE)
    field(studio).wait_for()
    studio.page.get_by_label("Strength").fill("1")
    studio.page.keyboard.press("Tab")
    return studio.page.get_by_role("button", name=TITLE, exact=True)


def test_it_is_chosen_kept_and_sent(studio: Studio) -> None:
    page = studio.page
    start = begin(studio)
    assert start.is_disabled()
    give(studio, plain(GREEN))
    page.get_by_role("button", name="In the style of painting.png").wait_for()
    assert start.is_enabled()
    run(studio, TITLE)
    studio.erased()
    _, data = studio.saved()
    assert (samples(data) == GREEN).all()
    give(studio, plain(BLUE), "sea.png")
    page.get_by_role("button", name="In the style of sea.png").wait_for()
    kept(studio)
    page.reload()
    studio.canvas.wait_for()
    choose(studio, TITLE)
    page.get_by_role("button", name="In the style of sea.png").wait_for()
    page.get_by_role("button", name="Try another seed").click()  # of what it was made of
    studio.erased(2)
    _, data = studio.saved()
    assert (samples(data) == GREEN).all()


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_it_is_dropped_or_pasted_and_the_picture_stays(studio: Studio, kind: str) -> None:
    begin(studio)
    studio.page.evaluate(GIVE, [list(plain(BLUE)), kind])
    studio.page.get_by_role("button", name=f"In the style of {kind}.png").wait_for()
    studio.page.get_by_text("meadow.png").wait_for()
    run(studio, TITLE)
    studio.erased()
    _, data = studio.saved()
    assert (samples(data) == BLUE).all()


def test_what_is_no_picture_is_refused_and_other_edits_have_no_such_field(studio: Studio) -> None:
    start = begin(studio)
    give(studio, b"no picture", "words.png")
    studio.page.get_by_role("alert").first.wait_for()
    assert start.is_disabled()
    field(studio).get_by_text("Choose a picture").wait_for()
    choose(studio, "Enlarge")
    assert field(studio).count() == 0
    studio.said = [text for text in studio.said if "decode" not in text]


def test_several_seeds_have_the_same_one(studio: Studio) -> None:
    start = begin(studio)
    give(studio, plain(GREEN))
    options(studio)
    studio.page.get_by_label("Results").select_option("2")
    start.click()
    shown = studio.page.get_by_role("region", name="Results side by side")
    shown.wait_for()
    assert shown.locator("li").count() == 2
