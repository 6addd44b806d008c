"""Plain grounds are plain again, and everything else stays as it was filled."""

import io

import cv2
import numpy as np
from PIL import Image
from tests.unit.text.lettering import ground, written

from cleanplate.compositing.paste import Patch, paste
from cleanplate.pixels.types import Hole, Pixels, Rgb8
from cleanplate.text.deghosting import deghost
from cleanplate.text.rotated_box import RotatedBox
from cleanplate.text.text_segmentation import segment_lines

PLACE = RotatedBox(150, 88, 200, 64, 0)
ORANGE, WINE = (240, 90, 30), (90, 20, 60)


def coded(rgb: Rgb8, quality: int = 60) -> Rgb8:
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=quality, subsampling=2)
    return np.array(Image.open(stream))


def sign(behind: Rgb8) -> tuple[Rgb8, Hole]:
    """Writing that was through JPEG, and its strokes."""
    rgb = coded(written(behind, "NOTICE", (75, 100), WINE, 1.4))
    (found,) = segment_lines(rgb, [PLACE])
    ink = np.zeros(rgb.shape[:2], np.bool_)
    ink[found.box.slices] = found.ink
    return rgb, ink


def filled(rgb: Rgb8, ink: Hole) -> Rgb8:
    return np.asarray(cv2.inpaint(rgb, ink.view(np.uint8), 3, cv2.INPAINT_TELEA), np.uint8)


def laid(rgb: Rgb8, patches: list[Patch]) -> Rgb8:
    return paste(Pixels(rgb), patches).rgb


def off(rgb: Rgb8, truth: Rgb8, where: Hole) -> float:
    return float(np.sqrt(((rgb.astype(float) - truth)[where] ** 2).mean()))


def test_the_rim_goes_with_the_strokes() -> None:
    plain = np.full((180, 300, 3), ORANGE, np.uint8)
    rgb, ink = sign(plain)
    made = filled(rgb, ink)
    calm = laid(made, deghost(rgb, made, ink, [PLACE]))
    near = cv2.dilate(ink.view(np.uint8), np.ones((7, 7))) > 0
    assert off(calm, plain, near) < off(made, plain, near) / 2
    assert (calm[:30] == rgb[:30]).all()
    assert (calm[150:] == rgb[150:]).all()


def test_light_and_grain_of_the_ground_stay() -> None:
    plain = ground(180, 300)
    rgb, ink = sign(plain)
    made = filled(rgb, ink)
    calm = laid(made, deghost(rgb, made, ink, [PLACE]))
    assert off(calm, plain, ink) < off(made, plain, ink) + 1


def test_a_texture_is_no_plain_ground() -> None:
    coarse = np.random.default_rng(3).integers(40, 220, (60, 100, 3), np.uint8)
    leaves = np.asarray(cv2.resize(coarse, (300, 180), interpolation=cv2.INTER_CUBIC), np.uint8)
    rgb, ink = sign(leaves)
    assert deghost(rgb, filled(rgb, ink), ink, [PLACE]) == []


def test_what_a_fill_has_drawn_is_no_ghost() -> None:
    post = np.full((180, 300, 3), ORANGE, np.uint8)
    post[:, 140:160] = (40, 40, 200)
    rgb, ink = sign(post)
    made = post.copy()  # a fill that goes on with the post behind the letters
    calm = laid(made, deghost(rgb, made, ink, [PLACE]))
    assert off(calm, post, np.broadcast_to(np.abs(np.arange(300) - 150) < 8, (180, 300))) < 4


def test_a_frame_stays_sharp() -> None:
    framed = np.full((180, 300, 3), ORANGE, np.uint8)
    cv2.rectangle(framed, (50, 50), (250, 122), (20, 10, 10), 4)
    rgb, ink = sign(framed)
    made = filled(rgb, ink)
    calm = laid(made, deghost(rgb, made, ink, [PLACE]))
    frame = (framed != ORANGE).any(axis=2)
    assert (calm[frame] == rgb[frame]).all()


def test_lines_that_were_not_filled() -> None:
    rgb, ink = sign(np.full((180, 300, 3), ORANGE, np.uint8))
    assert deghost(rgb, rgb, np.zeros_like(ink), [PLACE]) == []
    assert deghost(rgb, rgb, ink, [RotatedBox(-90, -90, 20, 10, 0)]) == []
