"""The library says in its own words what is wrong with what a program gave it."""

import io
from functools import partial
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cleanplate import Runtime, edit, erase
from cleanplate.errors import BadInput, BadParameter, SetupError
from cleanplate.settings import load

PICTURE = np.random.default_rng(0).integers(0, 255, (40, 50, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "says"), [("", "image: its name is empty"), ("http://127.0.0.1/a.png", "image: an address")]
)
def test_what_is_no_name_of_a_file(name: str, says: str) -> None:
    with pytest.raises(BadInput, match=f"^{says}"):
        erase(name, boxes=[(1, 1, 5, 5)])


@pytest.mark.parametrize(
    "boxes",
    [
        [(1, 2, 3)],
        "6,6,5,4",
        [(1, 2, 3, 4, 5)],
        [("a", 1, 2, 3)],
        [(1.5, 2, 30, 30)],
        [(float("nan"), 0, 1, 1)],
        (6, 6, 5, 4),
        [None],
        5,
    ],
)
def test_boxes_that_are_none(boxes: Any) -> None:
    with pytest.raises(BadParameter, match=r"^boxes: a list of rectangles, each of four whole numbers"):
        erase(PICTURE, boxes=boxes)


def test_boxes_are_edges_for_erase_as_for_edit() -> None:
    boxes = [(6, 6, 11, 10), (20, 3, 31, 9)]
    made = erase(PICTURE, boxes=boxes, dilate_px=0).array()
    assert (made == edit("erase", PICTURE, boxes=boxes, dilate_px=0).array()).all()
    assert (made[6:10, 6:11] != PICTURE[6:10, 6:11]).any()
    assert (made[14:] == PICTURE[14:]).all()


def test_reversed_edges_are_refused_by_erase_as_by_edit() -> None:
    said = "right 4 must be beyond left 6, bottom 2 must be beyond top 8"
    for call in (erase, partial(edit, "erase")):
        with pytest.raises(BadParameter, match=said):
            call(PICTURE, boxes=[(6, 8, 4, 2)])


def test_a_box_outside_the_picture_is_no_error_beside_one_that_is_not() -> None:
    within, without = (6, 6, 11, 10), (900, 900, 950, 950)
    made = erase(PICTURE, boxes=[within, without]).array()
    assert (made == erase(PICTURE, boxes=[within]).array()).all()
    for call in (erase, lambda image, boxes: edit("erase", image, boxes=boxes)):
        with pytest.raises(BadParameter, match="boxes: none of them touches the picture"):
            call(PICTURE, boxes=[without])


def test_boxes_of_an_array() -> None:
    listed = erase(PICTURE, boxes=[(6, 6, 11, 10)]).array()
    given: Any = np.array([[6, 6, 11, 10]])
    assert (erase(PICTURE, boxes=given).array() == listed).all()


@pytest.mark.parametrize("mode", ["P", "CMYK", "HSV"])
def test_pillow_images_whose_arrays_are_not_what_they_seem(mode: str) -> None:
    image: Any = Image.fromarray(PICTURE)
    assert (erase(image, boxes=[(6, 6, 11, 10)]).array()[20:] == PICTURE[20:]).all()
    said = f"a Pillow image of mode {mode} is not taken; convert it to RGB"
    with pytest.raises(BadInput, match=f"^image: {said}"):
        erase(image.convert(mode), boxes=[(6, 6, 11, 10)])
    with pytest.raises(BadInput, match=f"^mask: {said}"):
        erase(PICTURE, image.convert(mode))


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3)])
@pytest.mark.parametrize("kind", [np.uint16, np.float32, np.bool_])
def test_arrays_of_other_numbers_are_masks_and_no_pictures(kind: type[Any], shape: tuple[int, ...]) -> None:
    """As docs/erase.md has it."""
    array = np.zeros(shape, kind)
    array[6:10, 6:11] = 1
    with pytest.raises(BadInput, match=r"must be .* uint8, this is"):
        erase(array, boxes=[(6, 6, 11, 10)])
    made = erase(PICTURE, array, dilate_px=0, feather_px=0).array()
    assert (made != PICTURE).any(axis=2).sum() > 10
    assert (made[10:] == PICTURE[10:]).all()


@pytest.mark.parametrize("source", [io.BytesIO(b"x"), None, object()])
def test_what_is_no_picture(source: Any) -> None:
    with pytest.raises(BadInput, match="send a path, or the bytes of a file"):
        erase(source, boxes=[(6, 6, 11, 10)])


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(BadInput, match="is no name of a file"):
        erase("a\0b", boxes=[(6, 6, 11, 10)])


def test_a_mask_that_an_edit_does_not_look_at_is_told() -> None:
    mask = np.zeros(PICTURE.shape[:2], np.uint8)
    mask[5:9, 5:9] = 255
    done = edit("expand", PICTURE, left=1.2, mask=mask, keep=mask)
    assert done.warnings == ("expand works on the whole picture: mask and keep had no effect",)
    assert edit("expand", PICTURE, left=1.2).warnings == ()


def test_a_variable_that_changes_counts_from_the_next_call_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for engine in ("telea", "patchmatch", "photoshop"):
        monkeypatch.setenv("CLEANPLATE_FILL_ENGINE", engine)
        if engine == "photoshop":
            with pytest.raises(SetupError, match="there is no 'photoshop'"):
                erase(PICTURE, boxes=[(6, 6, 11, 10)])
        else:
            made.append(erase(PICTURE, boxes=[(6, 6, 11, 10)]).recipe["engine"])
    assert made == ["telea", "patchmatch"]


def test_a_runtime_of_ones_own_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Runtime.from_settings(load(fill_engine="telea"))
    monkeypatch.setenv("CLEANPLATE_FILL_ENGINE", "photoshop")
    assert erase(PICTURE, boxes=[(6, 6, 11, 10)], runtime=own).recipe["engine"] == "telea"
    assert edit("expand", PICTURE, left=1.1, runtime=own).recipe["engine"] == "telea"


def test_the_mask_of_an_edit_stands_third_as_that_of_erase() -> None:
    mask = np.zeros((*PICTURE.shape[:2], 3), np.uint8)
    mask[:4, :4] = 255
    by_place, by_name = edit("inpaint", PICTURE, mask), edit("inpaint", PICTURE, mask=mask)
    assert (by_place.array() == by_name.array()).all()
    assert by_place.recipe["changed_outside_mask"] == 0
