from typing import get_args

import pytest

from cleanplate.intake.picture_rules import FORMATS, PictureRules
from cleanplate.pixels.types import Format


def test_the_formats_are_those_of_pixels() -> None:
    assert get_args(Format) == FORMATS


@pytest.mark.parametrize("name", ["jpg", "PNG", "", "svg"])
def test_a_format_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"PictureRules.formats: '{name}' must be one of jpeg, png"):
        PictureRules(formats=("png", name), max_bytes=1, max_side_px=1, max_pixels=1)
