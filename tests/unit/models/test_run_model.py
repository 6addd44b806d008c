"""A model is trusted with a role, not with what it returns."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from tests.logged import logged

from cleanplate import discovery
from cleanplate.errors import EngineFailed
from cleanplate.models import catalogue
from cleanplate.models.base import Model, ModelJob, Role
from cleanplate.models.catalogue import missing, model_for
from cleanplate.models.run_model import run_model

RGB = np.zeros((4, 6, 3), np.uint8)


class Shelf:
    """Puts models on the list of this process as a plug-in does."""

    def add(self, returned: Any, *roles: Role, why: str = "", name: str = "fake") -> None:
        module = ModuleType(name)
        needs = (why,) if why else ()
        model = Model(
            name, frozenset(roles), "MIT", lambda role, job: returned, needs=needs, sha256="ab", rank=1000
        )
        module.MODEL = model  # type: ignore[attr-defined]  # a module is an open bag of names
        discovery._plugins[name] = module


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    before = dict(discovery._plugins)
    yield Shelf()
    discovery._plugins.clear()
    discovery._plugins.update(before)


def test_without_a_model_the_reason_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cleanplate models pull ddcolor" in missing("colorize")
    monkeypatch.setattr(catalogue, "models", dict)
    assert "no model that can colorize is known" in missing("colorize")
    assert "docs/plugins.md" in missing("colorize")
    with pytest.raises(EngineFailed, match="colorize"):
        run_model("colorize", ModelJob(RGB))


def test_a_model_that_cannot_run_is_passed_over(shelf: Shelf) -> None:
    shelf.add(RGB, "colorize", why="no GPU", name="first")
    assert missing("colorize")
    shelf.add(RGB, "colorize", name="second")
    assert not missing("colorize")
    assert model_for("colorize").name == "second"
    assert run_model("colorize", ModelJob(RGB)).facts == {"name": "second", "sha256": "ab"}


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
    assert run_model(role, ModelJob(RGB, options=options)).made is returned


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
        run_model(role, ModelJob(RGB, options={"factor": 2}))
