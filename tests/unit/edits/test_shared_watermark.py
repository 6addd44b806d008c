"""The same mark on many pictures: found, measured, and taken off each, wherever the pictures end."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.unit.text.lettering import ground, written
from tests.unit.text.test_shared_mark import WHITE, disc, marked
from tests.unit.text.test_shared_mark import photos as textured

from cleanplate.edits.parts import shared_watermark
from cleanplate.edits.parts.shared_watermark import window
from cleanplate.errors import BadInput, BadParameter
from cleanplate.library import Result, unmark
from cleanplate.pixels.geometry import grow
from cleanplate.pixels.types import Alpha, Box, Rgb8
from cleanplate.text.shared_mark import explained_gain

COUNT = 14


def stamp() -> Alpha:
    flags = written(np.zeros((60, 190, 3), np.uint8), "Studio", (14, 42), (255, 255, 255), 1.3)
    return (flags[..., 0] / 255 * 0.55).astype(np.float32)


def photos() -> list[Rgb8]:
    """Pictures of several sizes."""
    made = [ground(200 + 12 * (seed % 3), 320 + 20 * (seed % 4), seed) for seed in range(COUNT)]
    return [np.asarray(rgb * (0.35 + 0.65 * number / COUNT), np.uint8) for number, rgb in enumerate(made)]


def stamped(photo: Rgb8, strength: float = 0.55) -> Rgb8:
    """With the mark at a distance to its lower right corner."""
    out, alpha = photo.astype(np.float32), stamp()[..., None] * strength / 0.55
    part = out[-80:-20, -220:-30]
    part[:] = (1 - alpha) * part + alpha * 255
    return np.rint(out).astype(np.uint8)


def off(picture: Rgb8, photo: Rgb8) -> float:
    """Root mean square error under the mark."""
    mark = stamp() > 0.05
    return float(np.sqrt(((picture.astype(float) - photo)[-80:-20, -220:-30][mark] ** 2).mean()))


def test_the_mark_goes_and_the_photo_comes_back() -> None:
    before = photos()
    results = list(unmark([stamped(photo) for photo in before]))
    for photo, result in zip(before, results, strict=True):
        assert isinstance(result, Result)
        assert off(result.array(), photo) < 0.25 * off(stamped(photo), photo)
        assert (result.array()[:90] == photo[:90]).all()
        assert result.recipe["changed_outside_mask"] == 0
        assert result.recipe["alpha"] == pytest.approx(0.55, abs=0.12)


def test_a_nearly_opaque_mark_is_found_and_filled() -> None:
    before = photos()[::2]
    results = list(unmark([stamped(photo, 0.9) for photo in before]))
    for photo, result in zip(before, results, strict=True):
        assert isinstance(result, Result)
        assert off(result.array(), photo) < 0.25 * off(stamped(photo, 0.9), photo)
        assert result.recipe["alpha"] == pytest.approx(0.9, abs=0.03)
        assert result.recipe["filled"] > 0.5


def test_of_a_few_pictures_it_is_said() -> None:
    before = photos()[::4]
    results = list(unmark([stamped(photo) for photo in before]))
    assert len(results) == 4
    for photo, result in zip(before, results, strict=True):
        assert isinstance(result, Result)
        assert off(result.array(), photo) < 0.4 * off(stamped(photo), photo)
        assert result.recipe["warnings"] == ["the mark was measured on only 4 pictures"]


def test_an_anchor_that_there_is_not() -> None:
    with pytest.raises(BadParameter, match="anchor"):
        unmark([stamped(photo) for photo in photos()], anchor="nowhere")


def test_too_few_pictures_and_no_mark() -> None:
    with pytest.raises(BadInput, match="at least 3"):
        unmark([stamped(photo) for photo in photos()[:2]])
    flat = [np.full((100, 100, 3), 10 * number, np.uint8) for number in range(6)]
    with pytest.raises(BadInput, match="no mark"):
        unmark(flat)


def scene(number: int) -> Rgb8:
    """One view with many edges, its light and its grain another each time."""
    rng = np.random.default_rng(5)
    view = np.full((240, 360, 3), 90, np.float32)
    for _ in range(60):
        left, top, width, height = rng.integers(0, (340, 220, 80, 60))
        view[top : top + height, left : left + width] = rng.integers(20, 230, 3)
    grain = np.random.default_rng(number).normal(0, 3, view.shape)
    return np.clip(view * (0.5 + 0.1 * number) + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("with_mark", [False, True])
def test_pictures_of_one_scene_are_refused(with_mark: bool) -> None:
    pictures = [scene(number) for number in range(5)]
    with pytest.raises(BadInput, match="too alike"):
        unmark([stamped(picture) if with_mark else picture for picture in pictures])


def test_of_a_large_place_only_the_part_with_the_mark_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    side = 240
    alpha = np.zeros((side, side), np.float32)
    alpha[-96:, -96:] = disc(0.5)
    pictures = [marked(photo, alpha, WHITE) for photo in textured(3, side)]
    edges = [Box(20, 20, 226, 226), Box(162, 162, 222, 222)]
    whole, part = (grow(box, shared_watermark.MARGIN_PX, side, side) for box in edges)
    gains = [explained_gain([one[box.slices] for one in pictures]) for box in (whole, part)]
    assert gains[0] > gains[1] / shared_watermark.NEARLY  # so that gain alone would take the large one
    monkeypatch.setattr(shared_watermark, "mark_boxes", lambda _: edges)
    found = shared_watermark._locate(pictures)
    assert found is not None
    assert (found[0], found[1].gain) == (part, gains[1])


def test_copies_of_some_pictures_count_once() -> None:
    before = photos()[::4]
    copies = [stamped(photo) for photo in before for _ in range(2)]
    results = list(unmark(copies))
    assert len(results) == 8
    assert all(isinstance(result, Result) for result in results)
    first = results[0]
    assert isinstance(first, Result)
    assert first.recipe["warnings"] == ["the mark was measured on only 4 pictures"]


def test_a_tiny_picture_is_named_and_the_others_are_done() -> None:
    pictures = [stamped(photo) for photo in photos()]
    pictures.insert(3, np.zeros((20, 20, 3), np.uint8))
    results = list(unmark(pictures))
    assert isinstance(results[3], BadInput)
    assert "20x20 px is far smaller" in str(results[3])
    assert sum(isinstance(result, Result) for result in results) == COUNT
    with pytest.raises(BadInput, match="too small: 20x20 px"):
        unmark([pictures[0], pictures[1], pictures[3]])


def test_black_bars_are_no_mark() -> None:
    pictures = textured(6, 300)
    for picture in pictures:
        picture[:40] = picture[-40:] = 0
    with pytest.raises(BadInput, match="no mark"):
        unmark(pictures)


def test_one_that_cannot_be_read_is_told_and_the_others_are_done(tmp_path: Path) -> None:
    paths = []
    for number, photo in enumerate(photos()):
        paths.append(tmp_path / f"{number:02d}.png")
        Image.fromarray(stamped(photo)).save(paths[-1])
    paths[4].write_bytes(b"no picture")
    results = list(unmark(paths))
    assert isinstance(results[4], BadInput)
    assert sum(isinstance(result, Result) for result in results) == COUNT - 1


@pytest.mark.parametrize(
    ("anchor", "corner"),
    [("upper-left", (0, 0)), ("upper-right", (20, 0)), ("lower-left", (0, 10)), ("lower-right", (20, 10))],
)
def test_windows_lie_at_their_anchor(anchor: str, corner: tuple[int, int]) -> None:
    assert window(120, 60, (100, 50), anchor) == Box(*corner, corner[0] + 100, corner[1] + 50)


def test_the_middle_is_the_middle() -> None:
    assert window(120, 60, (100, 50), "middle") == Box(10, 5, 110, 55)
