"""What a phrase says beside the thing."""

import numpy as np
import pytest

from cleanplate.prompts.object_words import choose_boxes, in_english

BOXES = np.array([[0.1, 0.1, 0.2, 0.2], [0.6, 0.5, 0.9, 0.9], [0.4, 0.8, 0.5, 0.95]], np.float32)


@pytest.mark.parametrize(
    ("phrase", "read"),
    [
        ("the red car", "the red car"),
        ("狗", "dog"),
        ("把那只狗和猫去掉", "dog. cat"),
        ("行人", "person"),
        ("路人", "person"),
        ("左边的汽车", "car"),
        ("垃圾桶", "trash can"),
        ("魑魅", "魑魅"),
    ],
)
def test_chinese(phrase: str, read: str) -> None:
    assert in_english(phrase) == read


@pytest.mark.parametrize(
    ("phrase", "left"),
    [
        ("cat", [0, 1, 2]),
        ("the cat on the left", [0]),
        ("rightmost cat", [1]),
        ("右边的猫", [1]),
        ("the lower cat", [2]),
        ("上面的猫", [0]),
        ("the biggest cat", [1]),
        ("a bright leftover", [0, 1, 2]),
    ],
)
def test_which_of_several(phrase: str, left: list[int]) -> None:
    assert (choose_boxes(BOXES, phrase) == BOXES[left]).all()


def test_none_stays_none() -> None:
    assert len(choose_boxes(BOXES[:0], "left cat")) == 0
