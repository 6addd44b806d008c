"""A model is trusted with a role, not with what it returns."""

from typing import Any

import numpy as np
import pytest
from tests.logged import logged
from tests.runtimes import here, plug_in

from cleanplate.errors import EngineFailed
from cleanplate.models import catalogue
from cleanplate.models.base import Model
from cleanplate.models.catalogue import missing, model_for
from cleanplate.models.jobs import (
    ColorizeJob,
    FindJob,
    FindTextJob,
    FoundText,
    InpaintJob,
    ModelJob,
    ModerateJob,
    UpscaleJob,
)
from cleanplate.models.roles import (
    COLORIZE,
    FIND,
    FIND_TEXT,
    INPAINT,
    MODERATE,
    UPSCALE,
    Ability,
    AnyRole,
    RoleName,
)
from cleanplate.models.run_model import run_model
from cleanplate.weights.card import Card

RGB = np.zeros((4, 6, 3), np.uint8)
ALPHA = np.zeros((4, 6), np.float32)
LARGER = np.zeros((8, 12, 3), np.uint8)


class Shelf:
    """Puts models on the list as a plug-in does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def add(self, returned: Any, role: AnyRole, *, why: str = "", name: str = "fake") -> None:
        card = Card(name, "MIT", needs=(why,) if why else (), sha256="ab")
        plug_in(self.monkeypatch, Model(card, (Ability(role, lambda job: returned),), rank=1000))


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    return Shelf(monkeypatch)


def colorize_job() -> ColorizeJob:
    return ColorizeJob(rgb=RGB, runtime=here())


def test_without_a_model_the_reason_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cleanplate models pull ddcolor" in missing(COLORIZE, here())
    monkeypatch.setattr(catalogue, "models", lambda runtime: {})
    assert "no model that can colorize is known" in missing(COLORIZE, here())
    assert "docs/plugins.md" in missing(COLORIZE, here())
    with pytest.raises(EngineFailed, match="colorize"):
        run_model(COLORIZE, colorize_job())


def test_a_model_that_cannot_run_is_passed_over(shelf: Shelf) -> None:
    shelf.add(RGB, COLORIZE, why="no GPU", name="first")
    assert missing(COLORIZE, here())
    shelf.add(RGB, COLORIZE, name="second")
    assert not missing(COLORIZE, here())
    assert model_for(COLORIZE, here()).name == "second"
    assert run_model(COLORIZE, colorize_job()).facts == {"name": "second", "sha256": "ab"}


def test_a_model_does_only_what_it_can() -> None:
    model = Model(Card("fake", "MIT"), (Ability(COLORIZE, lambda job: job.rgb),))
    assert model.roles == {"colorize"}
    assert model.performer(COLORIZE)(colorize_job()) is RGB
    assert not model.can(UPSCALE)
    with pytest.raises(KeyError):
        model.performer(UPSCALE)


def jobs() -> dict[RoleName, tuple[AnyRole, ModelJob]]:
    runtime = here()
    return {
        "colorize": (COLORIZE, colorize_job()),
        "inpaint": (INPAINT, InpaintJob(rgb=RGB, mask=ALPHA, runtime=runtime)),
        "upscale": (UPSCALE, UpscaleJob(rgb=RGB, factor=2, runtime=runtime)),
        "find": (FIND, FindJob(rgb=RGB, runtime=runtime)),
        "find-text": (FIND_TEXT, FindTextJob(rgb=RGB, runtime=runtime)),
        "moderate": (MODERATE, ModerateJob(rgb=RGB, runtime=runtime)),
    }


@pytest.mark.parametrize(
    ("name", "returned"),
    [
        ("colorize", RGB),
        ("upscale", LARGER),
        ("find", ALPHA),
        ("find-text", FoundText(ALPHA)),
        ("moderate", 0.25),
    ],
)
def test_what_a_role_promises_passes(shelf: Shelf, name: RoleName, returned: Any) -> None:
    role, job = jobs()[name]
    shelf.add(returned, role)
    _, job = jobs()[name]
    assert run_model(role, job).made is returned


@pytest.mark.parametrize(
    ("name", "returned"),
    [
        ("colorize", np.zeros((4, 6, 4), np.uint8)),
        ("colorize", np.zeros((4, 6, 3), np.float32)),
        ("colorize", None),
        ("inpaint", LARGER),
        ("upscale", RGB),
        ("find", np.zeros((4, 6), np.uint8)),
        ("find-text", ALPHA),
        ("find-text", FoundText(np.zeros((1, 1), np.float32))),
        ("moderate", np.zeros(1, np.float32)),
        ("moderate", 1.5),
        ("moderate", float("nan")),
    ],
)
def test_anything_else_is_a_failure_of_the_model(shelf: Shelf, name: RoleName, returned: Any) -> None:
    shelf.add(returned, jobs()[name][0])
    role, job = jobs()[name]
    with logged(EngineFailed, "fake"):
        run_model(role, job)
