"""Who fills when something fails or is wanted by name: never anybody in silence."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.inpainters import like
from tests.runtimes import here, plug_in
from tests.unit.fill.choices import SPECK, WIDE, mask, picture, run
from tests.unit.fill.conftest import Network

from cleanplate.edits.base import EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.errors import BadInput, BadParameter, EngineFailed, SetupError
from cleanplate.fill.base import FillJob
from cleanplate.fill.choosing import choose
from cleanplate.pixels.types import Rgb8


def test_a_deadline_that_a_named_engine_cannot_meet_is_told(network: Network) -> None:
    network()
    recipe = run(engine="painter", budget_ms=100).recipe
    assert recipe["engine"] == "telea"
    assert recipe["warnings"] == ["the deadline left no time for painter; telea filled instead"]
    assert "warnings" not in run(engine="telea", budget_ms=0).recipe


def fails(job: FillJob) -> Rgb8:
    job.progress(0.5)
    raise EngineFailed("the GPU is out of memory")


def crashes(job: FillJob) -> Rgb8:
    raise ValueError("/secret/path has no weights")


def refuses(job: FillJob) -> Rgb8:
    raise BadInput("the picture is too narrow for it")


def returns_nonsense(job: FillJob) -> Rgb8:
    return np.zeros((3, 3, 3), np.uint8)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (fails, "the GPU is out of memory"),
        (crashes, "the model painter failed"),
        (refuses, "the picture is too narrow for it"),
        (returns_nonsense, "the model returned something else than was asked for"),
    ],
)
def test_the_next_best_does_what_a_network_fails_to_do_and_says_so(
    network: Network, how: Any, why: str
) -> None:
    network(run=how)
    done = run()
    assert (done.pixels.rgb == run(engine="patchmatch").pixels.rgb).all()
    assert done.recipe["engine"] == "patchmatch"
    assert done.recipe["model"] is None
    assert done.recipe["warnings"] == [f"painter did not fill ({why}); patchmatch did instead"]


@pytest.mark.parametrize("how", [fails, crashes, refuses])
def test_a_network_that_was_named_fails_by_itself(network: Network, how: Any) -> None:
    network(run=how)
    with pytest.raises((EngineFailed, BadInput)):
        run(engine="painter")


def test_one_that_failed_is_not_tried_again(network: Network) -> None:
    tried: list[FillJob] = []

    def fail(job: FillJob) -> Rgb8:
        tried.append(job)
        raise EngineFailed("no")

    network(run=fail)
    recipe = run(WIDE, SPECK, n_best=3).recipe
    assert len(tried) == 1
    assert len(recipe["warnings"]) == 1
    assert recipe["engine"] == "patchmatch"


def test_the_next_network_comes_before_patchmatch(network: Network) -> None:
    network("first", rank=70, run=fails)
    network("second", rank=60)
    assert run().recipe["engine"] == "second"


def test_when_all_fail_the_last_error_counts(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(job: FillJob) -> Rgb8:
        raise EngineFailed(f"seed {job.options.seed} failed")

    network(run=fails)
    for name in ("patchmatch", "telea"):
        plug_in(monkeypatch, like(name, fill=fail))
    with pytest.raises(EngineFailed, match="seed 0 failed"):
        run()


class StopError(Exception):
    """What a cancelled task raises in its progress."""


def test_a_cancelled_task_is_no_failure_of_the_network(network: Network) -> None:
    def slow(job: FillJob) -> Rgb8:
        job.progress(0.3)
        raise AssertionError("it was stopped before")

    def stop(stage: str, done: float) -> None:
        if done > 0:
            raise StopError

    network(run=slow)
    request = EditRequest(
        picture(), edits(here())["erase"].parse({}), mask(WIDE), progress=stop, runtime=here()
    )
    with pytest.raises(StopError):
        edits(here())["erase"].run(request)


def test_best_of_several_keeps_who_made_each(network: Network) -> None:
    network(holes="wide")
    recipe = run(WIDE, SPECK, n_best=2).recipe
    assert recipe["engines"] == ["painter", "patchmatch"]
    assert len(recipe["seeds"]) == 2


def test_best_of_several_wants_one_that_makes_different_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, like("telea", name="same", rank=90))
    assert run().recipe["engine"] == "same"
    assert run(n_best=2).recipe["engine"] == "patchmatch"
    with pytest.raises(BadParameter, match="the same fill every time"):
        run(n_best=2, engine="same")


@pytest.mark.parametrize("edit", ["erase", "inpaint", "expand"])
def test_the_settings_name_what_fills(wanted: Callable[[str], None], edit: str) -> None:
    wanted("telea")
    values: dict[str, Any] = {"left": 1.2} if edit == "expand" else {}
    assert run(edit=edit, **values).recipe["engine"] == "telea"
    if edit == "erase":
        assert run(engine="patchmatch").recipe["engine"] == "patchmatch"


def test_the_settings_may_name_a_network(network: Network, wanted: Callable[[str], None]) -> None:
    network(rank=-1, holes="wide")
    wanted("painter")
    assert run(SPECK).recipe["engine"] == "painter"
    wanted("")
    assert run(SPECK).recipe["engine"] == "patchmatch"


def test_settings_that_name_nobody(wanted: Callable[[str], None]) -> None:
    wanted("photoshop")
    told = (
        "CLEANPLATE_FILL_ENGINE: there is no 'photoshop'; choose one of auto, patchmatch, telea, lama, migan"
    )
    with pytest.raises(SetupError) as raised:
        choose(here())
    assert raised.value.public == told
