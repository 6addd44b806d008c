"""A mark measured over its copies, and the photo under it."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.text.lettering import ground

from cleanplate.pixels.types import Alpha, Rgb8
from cleanplate.text.watermark import Mark, estimate, outline, unblend, visible_outline

HEIGHT, WIDTH = 70, 160
WHITE = (255.0, 255.0, 255.0)


def alpha_of(strength: float) -> Alpha:
    flags = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.putText(flags, "MARK", (18, 48), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 255, 4, cv2.LINE_AA)
    return (flags / 255 * strength).astype(np.float32)


def photos(count: int) -> list[Rgb8]:
    made = [ground(HEIGHT, WIDTH, seed) for seed in range(count)]
    return [np.asarray(rgb * (0.3 + 0.7 * number / count), np.uint8) for number, rgb in enumerate(made)]


def marked(photo: Rgb8, alpha: Alpha, colour: tuple[float, float, float] = WHITE) -> Rgb8:
    mixed = (1 - alpha[..., None]) * photo + alpha[..., None] * np.array(colour)
    return np.asarray(np.rint(mixed), np.uint8)


def psnr(found: Rgb8, truth: Rgb8, where: NDArray[np.bool_]) -> float:
    return float(10 * np.log10(255**2 / np.mean((found[where].astype(float) - truth[where]) ** 2)))


@pytest.mark.parametrize("strength", [0.25, 0.6])
@pytest.mark.parametrize("colour", [WHITE, (30.0, 60.0, 200.0)])
def test_alpha_and_colour_come_out(strength: float, colour: tuple[float, float, float]) -> None:
    alpha, before = alpha_of(strength), photos(16)
    mark = estimate([marked(photo, alpha, colour) for photo in before])
    assert mark is not None
    core = alpha > 0.95 * strength
    assert mark.alpha[core].mean() == pytest.approx(strength, abs=0.06)
    assert mark.colour[core].mean(axis=0) == pytest.approx(colour, abs=30)
    assert not mark.alpha[:5].any()
    found = unblend(marked(before[3], alpha, colour), mark)
    assert psnr(found.rgb, before[3], alpha > 0.05) > 28
    assert (found.rgb[:5] == marked(before[3], alpha, colour)[:5]).all()
    assert not found.lost[core].all()


def test_with_the_outline_given_four_copies_are_enough() -> None:
    alpha, before = alpha_of(0.4), photos(4)
    copies = [marked(photo, alpha) for photo in before]
    mark = estimate(copies, alpha > 0)
    assert mark is not None
    shown = [
        psnr(unblend(copy, mark).rgb, photo, alpha > 0.05) for copy, photo in zip(copies, before, strict=True)
    ]
    assert (
        np.mean(shown)
        > np.mean([psnr(copy, photo, alpha > 0.05) for copy, photo in zip(copies, before, strict=True)]) + 6
    )


def test_no_mark_is_none() -> None:
    assert estimate(photos(3)) is None
    plain = photos(12)
    mark = estimate(plain)
    assert mark is None or np.abs(unblend(plain[0], mark).rgb.astype(int) - plain[0]).mean() < 3


def test_what_is_hidden_or_clipped_is_lost() -> None:
    alpha = np.zeros((20, 30), np.float32)
    alpha[5:10, 5:10], alpha[5:10, 15:20] = 0.97, 0.5
    grey = (150.0, 150.0, 150.0)
    mark = Mark(alpha, np.full((20, 30, 3), grey, np.float32))
    photo = np.full((20, 30, 3), 60, np.uint8)
    blended = marked(photo, alpha, grey)
    blended[6, 16] = 255
    found = unblend(blended, mark)
    assert found.lost[5:10, 5:10].all()
    assert found.lost[6, 16]
    assert found.lost.sum() == 26
    assert found.rgb[8, 18].tolist() == pytest.approx([60] * 3, abs=2)


def test_white_under_a_white_mark_is_white_and_not_lost() -> None:
    alpha = np.zeros((20, 30), np.float32)
    alpha[5:10, 5:10] = 0.5
    found = unblend(np.full((20, 30, 3), 255, np.uint8), Mark(alpha, np.full((20, 30, 3), 255, np.float32)))
    assert not found.lost.any()
    assert (found.rgb == 255).all()


def test_an_outline_that_shows_on_a_plain_ground_is_found_and_no_other() -> None:
    alpha = np.zeros((60, 60), np.float32)
    cv2.circle(alpha, (30, 30), 18, 0.6, -1)
    soft = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1), np.float32)
    mark = Mark(soft, np.full((60, 60, 3), 255, np.float32))
    plain = np.full((60, 60, 3), 100, np.uint8)
    assert not visible_outline(plain, mark).any()
    ringed = np.asarray(cv2.circle(plain.copy(), (30, 30), 18, (140, 120, 90), 1), np.uint8)
    found = visible_outline(ringed, mark)
    assert found[30, 48]
    assert not found[30, 30]
    assert not found[:8].any()


def test_the_outline_covers_the_mark_and_little_else() -> None:
    alpha = alpha_of(0.5)
    found = outline([marked(photo, alpha) for photo in photos(14)])
    assert found[alpha > 0.1].mean() > 0.98
    assert found[:8].mean() < 0.05
