"""The factor that a picture has by its size."""

import pytest

from cleanplate.edits.upscale import EDIT, UpscaleParameters, factor_for


@pytest.mark.parametrize(
    ("size", "factor"),
    [((10, 20), 4), ((512, 512), 4), ((513, 10), 2), ((10, 1024), 2), ((1025, 10), 1), ((4096, 4096), 1)],
)
def test_by_the_longer_side(size: tuple[int, int], factor: int) -> None:
    parameters = EDIT.parse({"factor": None})
    assert isinstance(parameters, UpscaleParameters)
    assert factor_for(parameters, *size) == factor
    assert EDIT.makes_pixels(parameters, *size) == size[0] * size[1] * factor**2


def test_what_is_asked_for_counts() -> None:
    assert factor_for(UpscaleParameters(factor=3), 5000, 5000) == 3
    assert factor_for(UpscaleParameters(), 10, 10) == 2
