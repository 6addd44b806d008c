"""People: numbers where each is, or colours, by a detector and an outliner that know what is red."""

from typing import Any

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.people import EDIT
from cleanplate.errors import BadInput, BadParameter
from cleanplate.pixels.types import Pixels

PLACES = ((10, 10), (10, 60), (40, 30))


def group() -> Pixels:
    """Three red people on grass, 12 x 16 px each."""
    rgb = np.full((64, 96, 3), (60, 120, 60), np.uint8)
    for top, left in PLACES:
        rgb[top : top + 16, left : left + 12] = (230, 30, 30)
    return Pixels(rgb)


def run(pixels: Pixels, **values: Any) -> Edited:
    return EDIT.run(EditRequest(pixels, EDIT.parse(values), runtime=here()))


def test_without_models_it_is_missing() -> None:
    assert "cleanplate models pull" in EDIT.missing(here())


@pytest.mark.usefixtures("pack")
def test_each_has_a_number() -> None:
    done = run(group())
    labels = done.pixels.rgb[..., 0]
    assert (done.pixels.rgb == labels[..., None]).all()
    assert set(np.unique(labels)) == {0, 1, 2, 3}
    found = {labels[top + 8, left + 6] for top, left in PLACES}
    assert found == {1, 2, 3}
    for number in (1, 2, 3):
        assert np.count_nonzero(labels == number) == 12 * 16
    assert [set(one) for one in done.recipe["people"]] == [{"score", "share", "box"}] * 3


@pytest.mark.usefixtures("pack")
def test_the_file_is_grey_and_has_the_numbers() -> None:
    import io

    from PIL import Image

    made = Image.open(io.BytesIO(encode(run(group()).pixels, EncodeOptions(format="png"))))
    assert made.mode == "L"
    assert set(made.tobytes()) == {0, 1, 2, 3}


@pytest.mark.usefixtures("pack")
def test_each_has_a_colour() -> None:
    before = group()
    after = run(before, view="colours").pixels.rgb
    nobody = (before.rgb == (60, 120, 60)).all(axis=2)
    assert (after[nobody] == before.rgb[nobody]).all()
    colours = {tuple(after[top + 8, left + 6]) for top, left in PLACES}
    assert len(colours) == 3


@pytest.mark.usefixtures("pack")
def test_nobody_is_an_error() -> None:
    with pytest.raises(BadInput, match="nobody"):
        run(Pixels(np.full((64, 96, 3), 90, np.uint8)))


def test_views() -> None:
    with pytest.raises(BadParameter):
        EDIT.parse({"view": "both"})
