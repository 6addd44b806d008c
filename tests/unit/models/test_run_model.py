"""A model is trusted with a role, not with what it returns."""

from typing import Any

import numpy as np
import pytest
from tests.logged import logged
from tests.runtimes import here, plug_in

from cleanplate.errors import EngineFailed
from cleanplate.models import catalogue
from cleanplate.models.base import Model, ModelJob, Role
from cleanplate.models.catalogue import missing, model_for
from cleanplate.models.run_model import run_model

RGB = np.zeros((4, 6, 3), np.uint8)


class Shelf:
    """Puts models on the list as a plug-in does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def add(self, returned: Any, *roles: Role, why: str = "", name: str = "fake") -> None:
        needs = (why,) if why else ()
        model = Model(
            name, frozenset(roles), "MIT", lambda role, job: returned, needs=needs, sha256="ab", rank=1000
        )
        plug_in(self.monkeypatch, model)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    return Shelf(monkeypatch)


def test_without_a_model_the_reason_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cleanplate models pull ddcolor" in missing("colorize", here())
    monkeypatch.setattr(catalogue, "models", lambda runtime: {})
    assert "no model that can colorize is known" in missing("colorize", here())
    assert "docs/plugins.md" in missing("colorize", here())
    with pytest.raises(EngineFailed, match="colorize"):
        run_model("colorize", ModelJob(RGB, runtime=here()))


def test_a_model_that_cannot_run_is_passed_over(shelf: Shelf) -> None:
    shelf.add(RGB, "colorize", why="no GPU", name="first")
    assert missing("colorize", here())
    shelf.add(RGB, "colorize", name="second")
    assert not missing("colorize", here())
    assert model_for("colorize", here()).name == "second"
    assert run_model("colorize", ModelJob(RGB, runtime=here())).facts == {"name": "second", "sha256": "ab"}


@pytest.mark.parametrize(
    ("role", "options", "returned"),
    [
        ("colorize", {}, RGB),
        ("upscale", {"factor": 2}, np.zeros((8, 12, 3), np.uint8)),
        ("find", {}, np.zeros((4, 6), np.float32)),
    ],
)
def test_what_a_role_promises_passes(
    shelf: Shelf, role: Role, options: dict[str, Any], returned: Any
) -> None:
    shelf.add(returned, role)
    assert run_model(role, ModelJob(RGB, options=options, runtime=here())).made is returned


@pytest.mark.parametrize(
    ("role", "returned"),
    [
        ("colorize", np.zeros((4, 6, 4), np.uint8)),
        ("colorize", np.zeros((4, 6, 3), np.float32)),
        ("inpaint", np.zeros((8, 12, 3), np.uint8)),
        ("upscale", RGB),
        ("find", np.zeros((4, 6), np.uint8)),
    ],
)
def test_anything_else_is_a_failure_of_the_model(shelf: Shelf, role: Role, returned: Any) -> None:
    shelf.add(returned, role)
    with logged(EngineFailed, "fake"):
        run_model(role, ModelJob(RGB, options={"factor": 2}, runtime=here()))
