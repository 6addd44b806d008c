"""`remove_text` with a box round a mark that nobody reads."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from tests.runtimes import here
from tests.unit.text.test_boxed_mark import SIDE, alpha_of, scene
from tests.unit.text.test_shared_mark import WHITE, marked, off

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.remove_text import EDIT
from cleanplate.errors import BadInput, BadParameter
from cleanplate.pixels.types import Mask, Pixels, Rgb8
from cleanplate.prompts.text_words import names_a_mark

AT = 90
BOX = (AT + 32, AT + 30, AT + 114, AT + 112)


def run(rgb: Rgb8, mask: Mask | None = None, keep: Mask | None = None, **values: Any) -> Edited:
    return EDIT.run(EditRequest(Pixels(rgb), EDIT.parse(values), mask=mask, keep=keep, runtime=here()))


def large(part: Rgb8) -> Rgb8:
    """The part in a picture that a box covers little of."""
    out = np.tile(scene(), (3, 3, 1))[: AT + SIDE + 60, : AT + SIDE + 60].copy()
    out[AT : AT + SIDE, AT : AT + SIDE] = part
    return out


@pytest.mark.parametrize("prompt", ["the watermark", "Remove the logo", "去除水印"])
def test_a_mark_in_a_box_is_lifted(prompt: str) -> None:
    photo, copy = large(scene()), large(marked(scene(), alpha_of(0.5), WHITE))
    done = run(copy, prompt=prompt, boxes=[BOX])
    part = (slice(AT, AT + SIDE),) * 2
    assert done.recipe["unblended"] == 1
    assert done.recipe["filled_marks"] == 0
    assert 0 <= done.recipe["filled"] < 0.5
    assert "warnings" not in done.recipe
    assert off(done.pixels.rgb[part], photo[part], alpha_of(0.5)) < 0.35 * off(
        copy[part], photo[part], alpha_of(0.5)
    )
    outside = np.ones(copy.shape[:2], np.bool_)
    outside[BOX[1] - 3 : BOX[3] + 3, BOX[0] - 3 : BOX[2] + 3] = False
    assert (done.pixels.rgb[outside] == copy[outside]).all()
    assert done.recipe["changed_outside_mask"] == 0


def test_a_mask_says_the_same_and_keep_is_kept() -> None:
    copy = large(marked(scene(), alpha_of(0.5), WHITE))
    flags, kept = (np.zeros(copy.shape[:2], np.bool_) for _ in range(2))
    flags[BOX[1] : BOX[3], BOX[0] : BOX[2]] = True
    kept[: AT + 70] = True
    done = run(copy, Mask(flags), Mask(kept), prompt="the watermark")
    assert done.recipe["unblended"] == 1
    assert (done.pixels.rgb[kept] == copy[kept]).all()
    assert (done.pixels.rgb[AT + 80] != copy[AT + 80]).any()


def test_an_opaque_one_is_filled_and_that_is_said() -> None:
    copy = large(marked(scene(), alpha_of(1.0), (30.0, 90.0, 220.0)))
    done = run(copy, prompt="the logo", boxes=[BOX])
    assert (done.recipe["unblended"], done.recipe["filled_marks"]) == (0, 1)
    assert any("filled" in warning for warning in done.recipe["warnings"])
    middle = done.pixels.rgb[AT + SIDE // 2, AT + SIDE // 2].astype(int)
    assert abs(middle - (30, 90, 220)).max() > 40


def test_the_recipe_says_how_much_of_a_lifted_mark_was_filled() -> None:
    copy = large(marked(scene(), alpha_of(0.5), WHITE))
    copy[AT + 62 : AT + 80, AT + 62 : AT + 84] = (20, 30, 230)  # opaque: nothing shines through
    recipe = run(copy, prompt="the watermark", boxes=[BOX]).recipe
    assert (recipe["unblended"], recipe["filled_marks"]) == (1, 0)
    part = 18 * 22 / np.count_nonzero(alpha_of(0.5))
    assert part < recipe["filled"] < 0.5


def test_a_mask_of_specks_is_looked_at_in_part_and_that_is_said() -> None:
    rgb = large(scene())
    flags = np.zeros(rgb.shape[:2], np.bool_)
    flags[7::9, :9] = flags[:12, 32:200:9] = True  # too small for anything to be told
    for left, top in product(range(20, 220, 40), repeat=2):
        flags[top : top + 9, left : left + 9] = True
    seen: list[float] = []
    done = EDIT.run(
        EditRequest(
            Pixels(rgb),
            EDIT.parse({"prompt": "the logo"}),
            mask=Mask(flags),
            progress=lambda stage, share: seen.append(share),
            runtime=here(),
        )
    )
    assert done.recipe["filled_marks"] == 25 + 32 + 19
    assert any("9 marked places were filled unseen" in warning for warning in done.recipe["warnings"])
    assert "filled" not in done.recipe
    assert seen == sorted(seen)
    assert len([share for share in seen if share < 0.1]) == 16


def test_without_a_box_it_is_said_how_to_name_one() -> None:
    rgb = large(marked(scene(), alpha_of(0.5), WHITE))
    rgb[:60, :60] = 0
    with pytest.raises(BadInput, match=r"draw a box \(boxes\)"):
        run(rgb, prompt="the watermark")
    with pytest.raises(BadParameter, match="none of them touches"):
        run(rgb, prompt="the watermark", boxes=[(900, 900, 950, 950)])


def test_all_of_the_picture_is_no_box_round_a_mark() -> None:
    rgb = large(marked(scene(), alpha_of(0.5), WHITE))
    with pytest.raises(BadInput, match="at most 30% of the picture"):
        run(rgb, prompt="the watermark", boxes=[(0, 0, rgb.shape[1], rgb.shape[0])])


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("the watermark", True),
        ("the logo in the corner", True),
        ("水印", True),
        ("", False),
        ("the text", False),
        ("text and watermarks", False),
        ("the English watermark", False),
        ("the watermark 'SAMPLE'", False),
    ],
)
def test_what_names_a_mark(prompt: str, answer: bool) -> None:
    assert names_a_mark(prompt) is answer
