"""A mark in a box: lifted where the picture goes on under it, told from what does not."""

import cv2
import numpy as np
from tests.unit.text.lettering import ground
from tests.unit.text.test_shared_mark import BLUE, WHITE, disc, marked, off

from cleanplate.pixels.types import Alpha, Hole, Rgb8
from cleanplate.text import boxed_mark as boxed_mark_module
from cleanplate.text.boxed_mark import MOSTLY, STRONG, boxed_mark
from cleanplate.text.watermark import unblend

SIDE = 140


def scene() -> Rgb8:
    """Broad stripes of two tones, with grain."""
    rgb = ground(SIDE, SIDE, 3)
    rgb[:, ::2] = np.clip(rgb[:, ::2].astype(int) + 1, 0, 255)
    for left in range(10, SIDE, 44):
        cv2.line(rgb, (left, 0), (left + 40, SIDE), (70, 90, 60), 14, cv2.LINE_AA)
    return rgb


def alpha_of(strength: float) -> Alpha:
    return disc(strength, 32, SIDE)


def box() -> Hole:
    flags = np.zeros((SIDE, SIDE), np.bool_)
    flags[30:112, 32:114] = True
    return flags


def test_the_picture_under_it_comes_back() -> None:
    photo, alpha = scene(), alpha_of(0.5)
    for colour in (WHITE, BLUE):
        copy = marked(photo, alpha, colour)
        found = boxed_mark(copy, box())
        assert found.mark is not None
        assert abs(float(found.mark.alpha.max()) - 0.5) < 0.1
        assert not (found.mark.alpha[~box()] > 0).any()
        assert off(unblend(copy, found.mark).rgb, photo, alpha) < 0.35 * off(copy, photo, alpha)


def test_an_opaque_mark_and_a_thing_of_the_scene_are_not_lifted() -> None:
    photo = scene()
    opaque = marked(photo, alpha_of(1.0), BLUE)
    found = boxed_mark(opaque, box())
    assert found.mark is None
    assert found.where[alpha_of(1.0) > 0.5].all()
    assert not found.where[~box()].any()
    assert boxed_mark(photo, box()).mark is None


def test_on_a_plain_ground_the_hole_is_no_larger_than_the_mark() -> None:
    flat = np.full((SIDE, SIDE, 3), 120, np.uint8)
    copy = marked(flat, alpha_of(0.5), WHITE)
    found = boxed_mark(copy, box())
    assert found.mark is None  # a plain ground does not tell how much of it shines through
    assert found.where[alpha_of(0.5) > 0.02].all()
    assert found.where.sum() < 1.5 * (alpha_of(0.5) > 0.02).sum()


def test_what_is_all_ground_is_the_whole_box() -> None:
    random = np.random.default_rng(5).integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8)
    found = boxed_mark(random, box())
    assert found.mark is None
    assert (found.where == box()).all()


def test_a_strong_step_counts_where_most_of_the_edge_has_it_and_a_faint_one_all_along() -> None:
    outer = np.full((100, 3), 100, np.float32)
    inner = outer - np.array([0, 110, 0], np.float32)
    inner[:20] = outer[:20]  # there a photo's own edge hides it
    assert boxed_mark_module._step(inner, outer) is None
    assert boxed_mark_module._step(inner, outer, MOSTLY, STRONG) is not None
    faint = np.asarray(outer + (inner - outer) / 4, np.float32)
    assert boxed_mark_module._step(faint, outer, MOSTLY, STRONG) is None
    assert boxed_mark_module._step(inner[20:], outer[20:]) is not None
