"""`mask_color` in every form."""

import pytest

from cleanplate.api.dashscope.mask_colours import MAX_COLOURS, mask_colours
from cleanplate.api.refusal import RefusedError


@pytest.mark.parametrize(
    ("value", "colours"),
    [
        (None, ()),
        ([], ()),
        ("", ()),
        ("[]", ()),
        ([[0, 0, 0]], ((0, 0, 0),)),
        ([[0, 0, 0], [134, 134, 134]], ((0, 0, 0), (134, 134, 134))),
        ([255, 0, 7], ((255, 0, 7),)),
        ("#FF0007", ((255, 0, 7),)),
        ("ff0007", ((255, 0, 7),)),
        ("#f07", ((255, 0, 119),)),
        (" White ", ((255, 255, 255),)),
        ("255, 0,7", ((255, 0, 7),)),
        ("rgb(255,0,7)", ((255, 0, 7),)),
        ("[[255,0,7],[1,2,3]]", ((255, 0, 7), (1, 2, 3))),
        ("[255,0,7]", ((255, 0, 7),)),
        ([[255.0, "0", 7]], ((255, 0, 7),)),
        (["#ff0007", "black", [1, 2, 3]], ((255, 0, 7), (0, 0, 0), (1, 2, 3))),
    ],
)
def test_forms(value: object, colours: tuple[tuple[int, int, int], ...]) -> None:
    assert mask_colours(value) == colours


@pytest.mark.parametrize(
    "value",
    [
        *("x", "#ff00", "#ff000", "256,0,0", "[", "[[", "1,2", "rgb()"),
        *(3, True, {"r": 1}, [1, 2], [1, 2, 3, 4], [[1, 2]], [[1, 2, 256]], [[1, 2, -1]]),
        *([[1, 2, 3.5]], [[True, 2, 3]], [None], [[]], [[[1, 2, 3]]], [1, 2, "3"], "[1,2,300]"),
        [[0, 0, 0]] * (MAX_COLOURS + 1),
    ],
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(RefusedError, match="mask_color"):
        mask_colours(value)
