"""The label is legible and stays in its corner."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cleanplate.compositing import label
from cleanplate.compositing.label import Corner, draw_label
from cleanplate.pixels.geometry import bounds
from cleanplate.pixels.types import Box, Native, Origin, Pixels


def flat(value: int, width: int = 900, height: int = 600) -> Pixels:
    return Pixels(rgb=np.full((height, width, 3), value, np.uint8))


def touched(before: Pixels, after: Pixels) -> Box:
    box = bounds((before.rgb != after.rgb).any(axis=2))
    assert box is not None
    return box


@pytest.mark.parametrize("value", [0, 128, 255])
def test_white_on_dark_whatever_lies_below(value: int) -> None:
    rgb = draw_label(flat(value)).rgb
    corner = rgb[500:, :400]
    assert corner.max() == 255
    assert corner.min() < 128
    assert (rgb == rgb[..., :1]).all()


@pytest.mark.parametrize(("corner", "left"), [("lower-left", True), ("lower-right", False)])
def test_it_keeps_to_its_corner(corner: Corner, left: bool) -> None:
    before = flat(255)
    box = touched(before, draw_label(before, corner=corner))
    assert box.top > 540
    assert box.bottom < 600
    assert (box.right < 450) is left
    assert (box.left > 450) is not left


def test_its_size_follows_the_picture() -> None:
    small, large = flat(255), flat(255, 3600, 2400)
    ratio = touched(large, draw_label(large)).width / touched(small, draw_label(small)).width
    assert 3.5 < ratio < 4.5


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 13), (60, 5), (4, 300), (90, 90)])
def test_small_pictures_get_what_fits(width: int, height: int) -> None:
    before = flat(255, width, height)
    after = draw_label(before)
    assert after.rgb.shape == before.rgb.shape
    assert (after.rgb != before.rgb).any()


def test_sixteen_bits_and_grey() -> None:
    deep = np.full((200, 300, 3), 40000, np.uint16)
    rgb = np.full((200, 300, 3), 156, np.uint8)
    before = Pixels(rgb=rgb, native=Native(deep[..., 0], "grey"), origin=Origin(grey=True))
    after = draw_label(before)
    assert after.native is not None
    box = touched(before, after)
    outside = np.ones((200, 300), np.bool_)
    outside[box.slices] = False
    assert (after.native.samples[outside] == 40000).all()
    assert after.native.samples[box.slices].max() > 60000
    assert (after.rgb == after.rgb[..., :1]).all()


def test_a_transparent_corner_becomes_opaque() -> None:
    before = replace(flat(255), alpha=np.zeros((600, 900), np.uint8))
    after = draw_label(before)
    assert after.alpha is not None
    box = touched(before, after)
    assert (after.alpha[box.slices] == 255).all()
    assert after.alpha[:500].max() == 0


def test_the_text_matters() -> None:
    assert (
        touched(flat(255), draw_label(flat(255), "Generated")).width
        < touched(flat(255), draw_label(flat(255))).width
    )


def test_without_a_font_for_it_the_other_text_is_latin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label, "_cjk_font", lambda: None)
    before = flat(90)
    marked, latin = draw_label(before, label.AI_MADE), draw_label(before, label.AI_MADE_LATIN)
    assert (marked.rgb == latin.rgb).all()
    assert (marked.rgb != before.rgb).any()


def test_a_font_of_the_system_is_used_when_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    # Any font will do here: which glyphs it has is not looked at.
    names = [*Path("/usr/share/fonts").rglob("*.ttf"), *Path("/usr/share/fonts").rglob("*.ttc")]
    if not names:
        pytest.skip("this machine has no font")
    monkeypatch.setattr(label, "_cjk_font", lambda: str(names[0]))
    latin = draw_label(flat(90), label.AI_MADE_LATIN)
    assert (draw_label(flat(90), label.AI_MADE).rgb != latin.rgb).any()


def test_the_search_ends_whatever_is_installed() -> None:
    assert label._cjk_font() in (None, *label.CJK_FONTS)
