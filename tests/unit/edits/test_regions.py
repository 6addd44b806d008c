"""Words to region, as a mask to look at."""

from typing import Any

import numpy as np
import pytest
from tests.runtimes import here
from tests.unit.text.lettering import ground, written

from cleanplate.edits.base import EditRequest
from cleanplate.edits.erase import EDIT as ERASE
from cleanplate.edits.parts.region import role_for
from cleanplate.edits.regions import EDIT
from cleanplate.errors import BadInput, BadParameter
from cleanplate.pixels.types import Pixels, Rgb8


def run(rgb: Rgb8, **values: Any) -> Any:
    return EDIT.run(EditRequest(Pixels(rgb), EDIT.parse(values), runtime=here()))


@pytest.mark.parametrize(
    ("phrase", "role"),
    [
        ("the watermark", "find-text"),
        ("水印", "find-text"),
        ("the English text", "find-text"),
        ("the caption at the bottom", "find-text"),
        ("去除英文", "find-text"),
        ("'SALE'", "find-text"),
        ("「减价」", "find-text"),
        ("the car of 'Taxi'", "find"),
        ("people", "find"),
        ("the red car", "find"),
        ("texture", "find"),
    ],
)
def test_writing_has_a_finder_of_its_own(phrase: str, role: str) -> None:
    assert role_for(phrase).name == role


def test_writing_as_a_mask() -> None:
    rgb = written(ground(160, 320), "PARKING", (60, 90), (20, 20, 20), 1.4)
    done = run(rgb, find="the text")
    mask = done.pixels.rgb
    assert mask.shape == rgb.shape
    assert set(np.unique(mask)) == {0, 255}
    left, top, right, bottom = done.recipe["box"]
    assert (40 < left < 70, 230 < right < 300) == (True, True)
    assert (40 < top < 65, 85 < bottom < 120) == (True, True)
    assert done.recipe["share"] == pytest.approx((mask[..., 0] > 0).mean(), abs=1e-5)


def test_a_phrase_that_matches_nothing_is_an_error() -> None:
    with pytest.raises(BadInput, match="nothing in the picture matches"):
        run(ground(160, 320), find="the text")
    with pytest.raises(BadParameter, match="find"):
        run(ground(160, 320), find="   ")
    with pytest.raises(BadParameter, match="find"):
        EDIT.parse({})


@pytest.mark.usefixtures("pack")
class TestThings:
    def scene(self) -> Rgb8:
        rgb = np.asarray(ground(240, 320) // 4 + 120, np.uint8)
        rgb[149:170, 150:190] = np.rint(rgb[149:170, 150:190] * 0.55).astype(np.uint8)
        rgb[60:150, 140:180] = (230, 30, 30)
        return rgb

    def test_its_shadow_only_when_asked_for(self) -> None:
        alone = run(self.scene(), find="the pillar").pixels.rgb
        both = run(self.scene(), find="the pillar", shadows=True).pixels.rgb
        assert not alone[155:165, 155:185].any()
        assert both[155:165, 155:185].all()

    def test_what_was_added_is_told(self) -> None:
        recipe = run(self.scene(), find="the pillar", shadows=True).recipe
        assert [part["kind"] for part in recipe["effects"]] == ["shadow"]
        assert recipe["warnings"][0].startswith("effects: 1 shadow went too")
        assert "effects" not in run(self.scene(), find="the pillar").recipe

    def test_erase_takes_the_shadow_along(self) -> None:
        request = EditRequest(
            Pixels(self.scene()), ERASE.parse({"find": "the pillar", "shadows": True}), runtime=here()
        )
        after = ERASE.run(request).pixels.rgb
        assert after[155:165, 155:185].mean() > 115

    def test_shadows_of_a_mask_are_refused(self) -> None:
        with pytest.raises(BadParameter, match="shadows"):
            ERASE.run(
                EditRequest(
                    Pixels(self.scene()),
                    ERASE.parse({"shadows": True, "boxes": [[1, 1, 9, 9]]}),
                    runtime=here(),
                )
            )
