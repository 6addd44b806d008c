"""The subject alone, by the network that is installed with the tests."""

from typing import Any

import cv2
import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.cut_out import EDIT
from cleanplate.errors import BadInput
from cleanplate.models.roles import SUBJECT
from cleanplate.pixels.types import Pixels


def scene() -> Any:
    """A red disc on a grey ground."""
    rgb = np.full((240, 320, 3), 120, np.uint8)
    return cv2.circle(rgb, (160, 120), 60, (220, 30, 30), -1)


def inside(radius: float) -> Any:
    rows, columns = np.mgrid[:240, :320]
    return np.hypot(columns - 160, rows - 120) < radius


def run(pixels: Pixels) -> Edited:
    if why := EDIT.missing(here()):
        pytest.skip(why)
    return EDIT.run(EditRequest(pixels, EDIT.parse({}), runtime=here()))


def test_the_ground_is_clear_and_the_subject_is_not() -> None:
    done = run(Pixels(scene()))
    opacity = done.pixels.alpha
    assert opacity is not None
    assert opacity[inside(54)].min() > 230
    assert opacity[~inside(66)].max() < 25
    assert (done.pixels.rgb == scene()).all()
    assert done.recipe["share"] == pytest.approx(np.pi * 60**2 / (240 * 320), rel=0.1)


def test_what_was_clear_stays_so() -> None:
    alpha = np.full((240, 320), 255, np.uint8)
    alpha[:, :160] = 0
    opacity = run(Pixels(scene(), alpha)).pixels.alpha
    assert opacity is not None
    assert not opacity[:, :160].any()
    assert opacity[inside(54) & (alpha > 0)].min() > 230


def test_where_nothing_stands_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        made = np.zeros((240, 320), np.float32)

    monkeypatch.setattr(
        "cleanplate.edits.cut_out.run_model", lambda role, job: Nothing() if role is SUBJECT else None
    )
    with pytest.raises(BadInput, match="no main subject"):
        EDIT.run(EditRequest(Pixels(scene()), EDIT.parse({}), runtime=here()))
