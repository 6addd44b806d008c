"""Layers of the mask: hidden until there are two; what is asked for is what is seen."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.browser.conftest import Studio, picture
from tests.browser.test_selecting import covered, reloaded, written

PICTURE = picture("PNG")
OTHERS = 4
"""The canvas of the layers that tools do not work on."""


@pytest.fixture
def opened(studio: Studio) -> Iterator[Studio]:
    studio.open(PICTURE, "meadow.png", "image/png")
    studio.wait_for_ball()
    studio.page.keyboard.press("r")
    yield studio


def layers(studio: Studio) -> Any:
    return studio.page.get_by_role("group", name="Layers of the mask")


def add(studio: Studio) -> None:
    if not layers(studio).is_visible():
        studio.page.get_by_text("The whole mask", exact=True).click()
    studio.page.get_by_role("button", name="Add a layer").click()
    studio.settled()


def two(studio: Studio) -> None:
    """A rectangle left of the middle on the first layer, and one right of it on the second."""
    studio.stroke((-200, -50), (-100, 50))
    add(studio)
    studio.stroke((100, -50), (200, 50))


def press(studio: Studio, name: str) -> None:
    layers(studio).get_by_role("button", name=name, exact=True).click()
    studio.settled()


def test_layers_are_drawn_apart_and_written_together(opened: Studio) -> None:
    assert layers(opened).count() == 0
    two(opened)
    one = opened.painted()
    assert one == pytest.approx(100 * 100, rel=0.02)
    assert covered(opened, OTHERS) == pytest.approx(one, rel=0.02)
    both = written(opened)
    assert both[213, 170]
    assert both[213, 470]
    # The eraser takes nothing from another layer, and turning one round leaves the other
    opened.page.keyboard.press("e")
    opened.stroke((-220, 0), (-80, 0))
    assert (written(opened) == both).all()
    opened.page.keyboard.press("i")
    opened.settled()
    assert written(opened).sum() == pytest.approx(640 * 427 - 100 * 100, rel=0.02)
    opened.page.keyboard.press("Control+z")
    colours = opened.page.locator(".layer-colour").evaluate_all("all => all.map((one) => one.className)")
    assert len(set(colours)) == 2


def test_a_hidden_layer_is_not_asked_for_and_stays_marked(opened: Studio) -> None:
    two(opened)
    press(opened, "Show Layer 1")
    assert covered(opened, OTHERS) == 0
    seen = written(opened)
    assert seen[213, 470]
    assert not seen[213, 170]
    opened.page.keyboard.press("Enter")
    opened.erased()
    before = np.asarray(Image.open(io.BytesIO(PICTURE)).convert("RGB"))
    after = np.asarray(Image.open(io.BytesIO(opened.saved()[1])).convert("RGB"))
    changed = (before != after).any(axis=2)
    assert changed[170:250, 430:510].mean() > 0.5
    assert not changed[:, :300].any()
    press(opened, "Show Layer 1")
    left = written(opened)
    assert left[213, 170]
    assert not left[213, 470]


def test_undo_covers_all_that_is_done_with_layers_and_a_reload_keeps_it(opened: Studio) -> None:
    page = opened.page
    two(opened)
    name = page.get_by_label("Name of Layer 2")
    name.fill("the sign")
    name.press("Tab")
    layers(opened).get_by_role("radio", name="the sign").wait_for()
    page.locator(".layers label", has_text="Layer 1").click()
    opened.settled()
    reloaded(opened)
    assert layers(opened).get_by_role("radio", name="Layer 1").is_checked()
    assert layers(opened).get_by_role("radio", name="the sign").is_visible()
    whole = written(opened)
    page.locator(".layers label", has_text="the sign").click()
    press(opened, "Merge the sign into the layer above it")
    assert layers(opened).count() == 0
    assert (written(opened) == whole).all()
    opened.canvas.focus()
    page.keyboard.press("Control+z")
    assert layers(opened).get_by_role("radio").count() == 2
    layers(opened).get_by_role("button", name="Delete").click()
    opened.settled()
    assert layers(opened).count() == 0
    assert written(opened).sum() == pytest.approx(whole.sum() / 2, rel=0.02)
    for _ in range(2):
        page.keyboard.press("Control+z")
    layers(opened).get_by_role("radio", name="Layer 2").wait_for()
    assert (written(opened) == whole).all()


def test_what_is_painted_on_a_hidden_layer_is_seen(opened: Studio) -> None:
    two(opened)
    press(opened, "Show Layer 2")
    assert opened.painted() == 0
    opened.stroke((100, 80), (200, 120))
    assert opened.painted() == pytest.approx(100 * 140, rel=0.02)


def test_merging_keeps_what_a_layer_took_from_itself(opened: Studio) -> None:
    opened.stroke((-100, -50), (100, 50))
    add(opened)
    opened.stroke((-20, -80), (20, 80))
    opened.page.keyboard.down("Alt")
    opened.stroke((-60, -10), (60, 10))
    opened.page.keyboard.up("Alt")
    before = written(opened)
    assert before[213, 320]
    press(opened, "Merge Layer 2 into the layer above it")
    assert (written(opened) == before).all()
