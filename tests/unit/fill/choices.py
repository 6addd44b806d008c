"""A picture with holes, and an edit on it: for tests of who fills."""

from typing import Any

import numpy as np
from tests.runtimes import here

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.pixels.types import Mask, Pixels

HEIGHT, WIDTH = 300, 400
WIDE, SPECK = (slice(20, 150), slice(20, 150)), (slice(280, 284), slice(380, 384))


def picture() -> Pixels:
    return Pixels(np.random.default_rng(0).integers(90, 160, (HEIGHT, WIDTH, 3)).astype(np.uint8))


def mask(*places: tuple[slice, slice]) -> Mask:
    flags = np.zeros((HEIGHT, WIDTH), np.bool_)
    for place in places:
        flags[place] = True
    return Mask(flags)


def run(
    *places: tuple[slice, slice], edit: str = "erase", budget_ms: int | None = None, **values: Any
) -> Edited:
    chosen = edits(here())[edit]
    more = {} if edit == "expand" else {"dilate_px": 2}
    request = EditRequest(
        picture(),
        chosen.parse({**more, **values}),
        mask(*(places or (WIDE,))),
        budget_ms=budget_ms,
        runtime=here(),
    )
    return chosen.run(request)
