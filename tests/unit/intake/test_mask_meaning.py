"""One rule for what is painted in a mask: shapes drawn in any way come back, doubts are refused in words."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.unit.intake.drawn import (
    EXACT,
    HEIGHT,
    NEAR,
    WIDTH,
    Shape,
    coloured,
    deep,
    grey,
    on_clear,
    saved,
    scene,
    soft,
    strokes,
)

from cleanplate.errors import MaskMismatch, PictureSize, UnclearMask
from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_rules import Means, PictureRules, Repaint
from cleanplate.pixels.types import Pixels

RULES = PictureRules(
    formats=("jpeg", "png", "webp", "tiff", "bmp"),
    max_bytes=2**24,
    max_side_px=4096,
    max_pixels=2**24,
    say_means="means={}",
)
PICTURE = Pixels(scene())
READINGS: tuple[Repaint, ...] = ("white", "nonzero")
SHAPE = strokes(3)


def read(
    data: bytes, repaint: Repaint = "white", means: Means = "auto", picture: Pixels = PICTURE, **more: Any
) -> Shape:
    rules = replace(RULES, repaint=repaint, means=means, **more)
    return decode_mask(data, rules, picture).flags


def refused(data: bytes, repaint: Repaint = "white", means: Means = "auto", **more: Any) -> str:
    with pytest.raises(UnclearMask, match=r"^mask: ") as caught:
        read(data, repaint, means, **more)
    return caught.value.public


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("repaint", READINGS)
@pytest.mark.parametrize("way", EXACT)
def test_a_shape_drawn_in_any_way_is_that_shape(way: str, repaint: Repaint, seed: int) -> None:
    shape = strokes(seed)
    assert (read(EXACT[way](shape), repaint) == shape).all()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("repaint", READINGS)
@pytest.mark.parametrize("way", NEAR)
def test_a_shape_drawn_softly_is_that_shape_but_for_its_edge(way: str, repaint: Repaint, seed: int) -> None:
    shape = strokes(seed)
    disc = np.ones((9, 9), np.uint8)
    plane = shape.astype(np.uint8)
    edge = (cv2.dilate(plane, disc) > 0) & ~(cv2.erode(plane, disc) > 0)
    found = read(NEAR[way](shape), repaint)
    assert (found | edge).sum() == (shape | edge).sum()
    assert not (found ^ shape)[~edge].any()
    if repaint == "white" and way != "soft, red":  # of colours all that can be seen is paint
        assert np.count_nonzero(found ^ shape) < 0.25 * np.count_nonzero(shape)


@pytest.mark.parametrize("repaint", READINGS)
@pytest.mark.parametrize(
    "empty",
    [
        saved(np.zeros((HEIGHT, WIDTH), np.uint8)),
        saved(np.zeros((HEIGHT, WIDTH), np.uint8), "JPEG"),
        saved(np.zeros((HEIGHT, WIDTH, 4), np.uint8)),
        saved(np.dstack([np.full((HEIGHT, WIDTH, 3), 255, np.uint8), np.zeros((HEIGHT, WIDTH), np.uint8)])),
        deep(np.zeros((HEIGHT, WIDTH))),
        saved(np.random.default_rng(1).integers(0, 3, (HEIGHT, WIDTH)).astype(np.uint8)),
        saved((np.random.default_rng(1).random((HEIGHT, WIDTH)) < 0.1).astype(np.uint8)),
    ],
)
def test_nothing_is_painted(empty: bytes, repaint: Repaint) -> None:
    """Black, nothing at all, and the noise of a canvas on which nobody drew."""
    assert not read(empty, repaint).any()


@pytest.mark.parametrize("repaint", READINGS)
def test_inverted_and_full_masks_are_what_they_show(repaint: Repaint) -> None:
    assert (read(saved(grey(~SHAPE)), repaint) == ~SHAPE).all()
    assert read(saved(grey(SHAPE | True)), repaint).all()
    assert read(saved(grey(SHAPE, 255, 254)), repaint).all()


def test_grey_beside_white_is_settled_by_the_reading() -> None:
    levels = np.tile(np.repeat(np.array([0, 17, 127, 128, 255], np.uint8), WIDTH // 5), (HEIGHT, 1))
    step = slice(0, WIDTH, WIDTH // 5)
    assert read(saved(levels), "white")[0, step].tolist() == [False, False, False, True, True]
    assert read(saved(levels), "nonzero")[0, step].tolist() == [False, True, True, True, True]


def test_a_dark_grey_ground_is_no_paint() -> None:
    assert (read(saved(grey(SHAPE, 255, 40)), "nonzero") == SHAPE).all()
    assert read(saved(grey(SHAPE, 255, 40)), means="nonzero").all()


def test_said_in_so_many_words() -> None:
    hole = np.dstack([scene(), grey(~SHAPE)])
    assert (read(saved(hole), means="transparent") == SHAPE).all()
    assert (read(saved(hole), means="opaque") == ~SHAPE).all()
    black = on_clear(SHAPE, (0, 0, 0), 120)
    assert (read(saved(black), means="opaque") == SHAPE).all()
    assert (read(saved(black), means="transparent") == ~SHAPE).all()
    assert not read(saved(black), means="white").any()
    white = on_clear(~SHAPE, (255, 255, 255))
    assert (read(saved(white), means="white") == ~SHAPE).all()
    assert (read(saved(white), means="nonzero") == ~SHAPE).all()


@pytest.mark.parametrize("means", ["opaque", "transparent"])
def test_without_transparent_parts_nothing_of_them_can_be_meant(means: Means) -> None:
    for opaque in (grey(SHAPE), np.dstack([coloured(SHAPE, (9, 9, 9)), np.full(SHAPE.shape, 255, np.uint8)])):
        assert "no part of it is transparent" in refused(saved(opaque), means=means)


@pytest.mark.parametrize("repaint", READINGS)
@pytest.mark.parametrize(
    "drawn",
    [
        on_clear(SHAPE, (0, 0, 0)),
        on_clear(SHAPE, (40, 40, 40), 128),
        np.dstack([grey(SHAPE, 0), grey(SHAPE)]),
        np.dstack([scene(), grey(~SHAPE)]),
        np.dstack([scene(5), grey(~SHAPE)]),
        np.dstack([np.where(SHAPE[..., None], 0, scene()).astype(np.uint8), grey(~SHAPE)]),
        on_clear(~SHAPE, (0, 0, 0)),
        on_clear(~SHAPE, (255, 255, 255)),
    ],
)
def test_where_strokes_or_holes_could_be_meant_the_message_says_how_to_say_it(
    drawn: NDArray[np.uint8], repaint: Repaint
) -> None:
    text = refused(saved(drawn), repaint)
    assert "means=transparent or means=opaque" in text
    plain = refused(saved(drawn), repaint, say_means="")
    assert plain.endswith("send white on black, without transparency")


@pytest.mark.parametrize("repaint", READINGS)
def test_a_thin_soft_brush_of_a_mixed_colour_is_a_stroke(repaint: Repaint) -> None:
    """As a canvas exports it: colours were multiplied by the opacity, rounded, and divided by it again."""
    line = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.line(line, (20, 20), (130, 90), 1, 3)
    alpha = soft(line > 0, 255).astype(np.float64)
    rgb = np.rint(np.multiply.outer(alpha, (200, 100, 50)) / 255)
    with np.errstate(invalid="ignore", divide="ignore"):
        rgb = np.nan_to_num(np.clip(np.rint(rgb * 255 / alpha[..., None]), 0, 255))
    found = read(saved(np.dstack([rgb, alpha]).astype(np.uint8)), repaint)
    assert found[line > 0].mean() > 0.8
    assert not found[cv2.dilate(line, np.ones((9, 9), np.uint8)) == 0].any()


def test_a_line_drawing_with_a_hole_is_no_mask() -> None:
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    page[::12] = 0
    white_on_black = 255 - page
    for drawing in (page, white_on_black):
        data = saved(np.dstack([drawing, grey(~SHAPE)]))
        assert "transparent" in refused(data, picture=Pixels(drawing))


def recompressed(rgb: NDArray[np.uint8], quality: int = 70) -> bytes:
    return saved(rgb, "JPEG", quality=quality)


@pytest.mark.parametrize("repaint", READINGS)
@pytest.mark.parametrize("means", ["auto", "white", "nonzero"])
def test_the_picture_itself_is_no_mask(repaint: Repaint, means: Means) -> None:
    rgb = scene()
    marked = [
        np.where(SHAPE[..., None], paint, rgb).astype(np.uint8)
        for paint in ((255, 0, 0), (255, 255, 255), (0, 0, 0))
    ]
    veiled = np.where(SHAPE[..., None], rgb // 2 + (127, 0, 0), rgb).astype(np.uint8)
    in_grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    cut_out = np.where(SHAPE[..., None], rgb, 0).astype(np.uint8)
    for drawn in (rgb, *marked, veiled, in_grey, rgb // 2, cut_out):
        assert "looks like the picture itself" in refused(saved(drawn), repaint, means)
    for drawn in (rgb, *marked):
        assert "looks like the picture itself" in refused(recompressed(drawn), repaint, means)


def test_another_photo_is_no_mask() -> None:
    assert "looks like a photo" in refused(saved(scene(9)))


@pytest.mark.parametrize("repaint", READINGS)
@pytest.mark.parametrize("kind", ["drawing", "shape", "dark", "flat", "grey", "bright"])
def test_masks_of_plain_and_dark_pictures_are_masks(kind: str, repaint: Repaint) -> None:
    """Even one that is the very same as the picture, where that is white on black."""
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    page[::12] = 0
    pictures = {
        "drawing": page,
        "shape": np.repeat(grey(SHAPE)[..., None], 3, axis=2),
        "dark": scene() // 12,
        "flat": np.full_like(page, 128),
        "grey": np.repeat(grey(SHAPE, 128)[..., None], 3, axis=2),
        "bright": 255 - scene() // 10,
    }
    for shape in (grey(SHAPE), soft(SHAPE, 255), grey(SHAPE, 128)):
        found = read(saved(shape), repaint, picture=Pixels(pictures[kind]))
        assert np.count_nonzero(found & SHAPE) > 0.8 * np.count_nonzero(SHAPE)
        assert np.count_nonzero(found) < 2 * np.count_nonzero(SHAPE)


@pytest.mark.parametrize("repaint", READINGS)
def test_colours_on_white_could_mean_either(repaint: Repaint) -> None:
    data = saved(coloured(SHAPE, (255, 0, 0), (255, 255, 255)))
    assert "means=white or means=nonzero" in refused(data, repaint)
    assert (read(data, means="white") == ~SHAPE).all()
    assert read(data, means="nonzero").all()


@pytest.mark.parametrize("repaint", READINGS)
def test_paint_that_cannot_be_told_from_its_ground(repaint: Repaint) -> None:
    ramp = np.tile(np.linspace(0, 120, WIDTH).astype(np.uint8), (HEIGHT, 1))
    for data in (
        saved(grey(SHAPE, 2, 1)),
        saved(grey(SHAPE, 100, 50)),
        saved(ramp),
        recompressed(grey(SHAPE, 90, 60)),
    ):
        assert "cannot be told from its background" in refused(data, repaint)


@pytest.mark.parametrize(("fit", "fine"), [("exact", False), ("aspect", False), ("scale", True)])
def test_another_size_is_called_that_whatever_the_limits(fit: Any, fine: bool) -> None:
    small = saved(grey(SHAPE)[:-1, :-9])
    wanted = "mask: it is 151x119 px, but the image is 160x120 px"
    with pytest.raises(PictureSize if fine else MaskMismatch, match=None if fine else wanted):
        read(small, fit=fit, min_side_px=120)
    huge = saved(Image.new("1", (5000, 10)))
    with pytest.raises(PictureSize if fine else MaskMismatch):
        read(huge, fit=fit)


@pytest.mark.parametrize(("low", "high"), [(0, 255), (100, 150), (20, 230)])
@pytest.mark.parametrize("repaint", READINGS)
def test_a_ramp_is_no_mask(repaint: Repaint, low: int, high: int) -> None:
    ramp = np.linspace(low, high, WIDTH).astype(np.uint8)[None].repeat(HEIGHT, axis=0)
    for image in (Image.fromarray(ramp), Image.fromarray(ramp.astype(np.uint16) * 257)):
        assert "cannot be told from its background" in refused(saved(image), repaint)
    assert (read(saved(Image.fromarray(ramp)), means="white") == (ramp >= 128)).all()


@pytest.mark.parametrize("repaint", READINGS)
def test_a_wide_soft_edge_is_no_ramp(repaint: Repaint) -> None:
    blurred = cv2.GaussianBlur(255 * SHAPE.astype(np.uint8), (0, 0), 6)
    painted = read(saved(Image.fromarray(blurred)), repaint)
    assert (painted & SHAPE).sum() > 0.5 * SHAPE.sum()


@pytest.mark.parametrize("repaint", READINGS)
@pytest.mark.parametrize("sigma_px", [6, 10, 14])
def test_however_soft_it_is_a_stroke_has_a_ground(repaint: Repaint, sigma_px: int) -> None:
    """As segmentation tools make them of small maps of probability, and painters with a large soft brush."""
    large = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(large, (WIDTH // 2, HEIGHT // 2), (WIDTH * 2 // 5, HEIGHT * 2 // 5), 0, 0, 360, 255, -1)
    soft_one = cv2.GaussianBlur(large, (0, 0), sigma_px)
    found = read(saved(Image.fromarray(soft_one)), repaint)
    assert found[HEIGHT // 2, WIDTH // 2]
    assert not found[0, 0]
    if repaint == "white":
        assert (found == (soft_one >= 128)).all()


@pytest.mark.parametrize("depth", [8, 16])
def test_clear_is_what_is_wholly_transparent(depth: int) -> None:
    alpha = np.where(SHAPE, 0, 1).astype(np.uint8)
    if depth == 8:
        data = saved(np.dstack([scene(), alpha]))
    else:
        deep_alpha = np.dstack([scene().astype(np.uint16) * 257, alpha.astype(np.uint16)])
        data = cv2.imencode(".png", deep_alpha[..., [2, 1, 0, 3]])[1].tobytes()
    assert (read(data, means="clear") == SHAPE).all()


def test_where_nothing_is_wholly_transparent_nothing_is_guessed() -> None:
    white = saved(np.where(SHAPE, 255, 0).astype(np.uint8))
    nearly = saved(np.dstack([scene(), np.where(SHAPE, 1, 255).astype(np.uint8)]))
    for data in (white, nearly):
        text = refused(data, means="clear")
        assert "alpha 0" in text
        assert text.endswith("and say means=white")
    assert refused(white, means="clear", say_means="").endswith("draw white on black")
