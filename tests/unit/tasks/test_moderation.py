"""Moderation: what is looked at, what of it is refused, and that nothing passes unseen."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.errors import EngineFailed, InputRefused, OutputRefused, SetupError
from cleanplate.models.run_model import ModelResult
from cleanplate.pixels.types import Pixels
from cleanplate.settings import load
from cleanplate.tasks import moderation as room
from cleanplate.tasks.moderation import Moderation, moderation
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.performer import EncodedPicture
from cleanplate.tasks.task import Failure, Task

MODERATORS = Path(__file__).parents[2] / "moderators"
RED, GREEN = (220, 10, 10), (10, 220, 10)
BOTH = Moderation(inputs=True, outputs=True)


@pytest.fixture
def censor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model that refuses red."""
    monkeypatch.setenv("CLEANPLATE_PLUGINS", str(MODERATORS))


def plain(colour: tuple[int, int, int]) -> Pixels:
    return Pixels(np.broadcast_to(np.array(colour, np.uint8), (8, 12, 3)).copy())


@pytest.mark.usefixtures("censor")
def test_it_looks_where_it_was_told_to() -> None:
    with pytest.raises(InputRefused):
        Moderation(inputs=True).admit(plain(RED), here())
    with pytest.raises(OutputRefused):
        Moderation(outputs=True).release(plain(RED), here())
    Moderation(outputs=True).admit(plain(RED), here())
    Moderation(inputs=True).release(plain(RED), here())
    BOTH.admit(plain(GREEN), here())
    with pytest.raises(InputRefused):
        Moderation(inputs=True, threshold=0.4).admit(plain(GREEN), here())


@pytest.mark.usefixtures("censor")
def test_what_is_transparent_is_not_seen() -> None:
    red = plain(RED)
    BOTH.admit(Pixels(red.rgb, alpha=np.zeros((8, 12), np.uint8)), here())


def test_off_asks_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "run_model", lambda role, job: pytest.fail("a model was asked"))
    Moderation().admit(plain(RED), here())
    Moderation().release(plain(RED), here())


def test_a_model_that_fails_lets_nothing_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(role: object, job: object) -> ModelResult[float]:
        raise EngineFailed("the model failed")

    monkeypatch.setattr(room, "run_model", fail)
    with pytest.raises(EngineFailed):
        BOTH.admit(plain(GREEN), here())


@pytest.mark.parametrize(
    ("wanted", "inputs", "outputs"),
    [("off", False, False), ("inputs", True, False), ("outputs", False, True), ("both", True, True)],
)
def test_the_setting(
    wanted: Literal["off", "inputs", "outputs", "both"], inputs: bool, outputs: bool
) -> None:
    found = moderation(load(moderation=wanted, moderation_threshold=0.25), here())
    assert found == Moderation(inputs, outputs, 0.25)


def test_it_must_be_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "missing", lambda role, runtime: "no model that can moderate is installed")
    moderation(load(), here())
    with pytest.raises(SetupError, match="CLEANPLATE_MODERATION: no model"):
        moderation(load(moderation="inputs"), here())


@pytest.mark.usefixtures("censor")
def test_a_refused_result_takes_no_other_along(
    make_task: Callable[..., Task], png: Callable[..., bytes]
) -> None:
    performer = LocalPerformer({"paint": _painter()}, here(), BOTH)
    good, bad = performer.perform(make_task(count=2), _green(png), lambda done: None)
    assert isinstance(good, EncodedPicture)
    assert good.width == 12
    assert isinstance(bad, Failure)
    assert bad.code == OutputRefused.code


@pytest.mark.usefixtures("censor")
def test_a_refused_picture_is_never_edited(make_task: Callable[..., Task], png: Callable[..., bytes]) -> None:
    red = {"image": png((0, 0, 255)), "mask": png((255, 255, 255))}
    with pytest.raises(InputRefused):
        next(LocalPerformer({"paint": _painter()}, here(), BOTH).perform(make_task(), red, lambda done: None))


@pytest.mark.usefixtures("censor")
def test_a_worker_moderates(
    add_task: Callable[..., Task], start: Callable[..., Any], end: Callable[[Task], Task]
) -> None:
    task = add_task(parameters={"seed": 1})
    start({"paint": _painter()}, moderation=BOTH)
    failure = end(task).outcome.failure
    assert failure is not None
    assert failure.code == "output-refused"


def _green(png: Callable[..., bytes]) -> Mapping[str, bytes]:
    return {"image": png((0, 255, 0)), "mask": png((255, 255, 255))}


def _painter() -> Edit:
    """Green for even seeds, red for odd ones."""

    def run(request: EditRequest) -> Edited:
        return Edited(plain(RED if request.parameters.seed % 2 else GREEN), {})

    return Edit("paint", "", Parameters, run)
