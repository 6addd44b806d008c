"""The same for edits that need weights, on the model pack of the tests."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.drawings import DRAWINGS
from tests.unit.edits.attempts import FEW, SIZES, hidden, holes, same_size, tried

from cleanplate.pixels.types import Origin


@pytest.mark.parametrize("name", ["colorize", "character", "doodle", "instruct", "inpaint", "stylize"])
def test_edits_by_models(name: str, pack: Path) -> None:
    for number, size in enumerate(SIZES):
        pixels = hidden(DRAWINGS[FEW[number % len(FEW)]](*size))[number % 3]
        grey = replace(pixels, origin=Origin(grey=number % 2 == 0))
        for mask in (None, *list(holes(*size))[:8:3]):
            same_size(tried(name, grey, mask, prompt="a red car on the grass, blue sky"), pixels)
