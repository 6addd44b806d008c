"""What a worker's queues need is loaded before its first task; what fails then keeps nothing else from it."""

from pathlib import Path
from typing import get_args

import pytest
from tests.conftest import PACK
from tests.runtimes import here, plug_in

from cleanplate.errors import EngineFailed
from cleanplate.models.base import Model
from cleanplate.models.jobs import DoodleJob
from cleanplate.models.roles import DOODLE, Ability, RoleName
from cleanplate.pixels.types import Rgb8
from cleanplate.tasks.warm_models import warm_models
from cleanplate.weights.card import Card

PACKED = {"inpaint", "outpaint", "instruct", "stylize", "transfer", "colorize", "doodle", "character"}


@pytest.mark.parametrize("role", sorted(get_args(RoleName)))
def test_each_role_has_a_smallest_job_that_its_models_do(role: str) -> None:
    loaded = warm_models(here(plugins=PACK), [role])
    assert len(loaded) == 1 or role == "subject", "nothing of the package or the pack does it"
    if role in PACKED:
        assert loaded == ["test-pack"]


def test_each_network_is_loaded_once_and_general_is_none() -> None:
    runtime = here(plugins=PACK)
    assert warm_models(runtime, ["general", "instruct", "instruct:test-pack", "doodle"]) == ["test-pack"]
    assert warm_models(runtime, ["upscale:realesrgan-photo"]) == ["realesrgan-photo"]
    assert "realesrgan-photo" in " ".join(runtime.pool.loaded())


def _model(name: str, *, rank: int = 10**6, memory_bytes: int = 0, fails: bool = False) -> Model:
    def paint(job: DoodleJob) -> Rgb8:
        if fails:
            raise EngineFailed("no", log="its file is damaged")
        return job.rgb

    return Model(Card(name, "MIT", memory_bytes=memory_bytes), (Ability(DOODLE, paint),), rank)


def test_one_that_fails_is_told_of_and_the_next_is_loaded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plug_in(monkeypatch, _model("broken", fails=True), _model("well", rank=0))
    assert warm_models(here(), ["doodle:broken", "doodle:well"]) == ["well"]
    assert "broken cannot be loaded: its file is damaged" in caplog.text


def test_no_more_are_loaded_than_there_is_memory_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plug_in(monkeypatch, *(_model(name, memory_bytes=2**30) for name in ("one", "two", "three")))
    runtime = here(models=tmp_path, model_memory_bytes=2 * 2**30, device="cpu")
    assert warm_models(runtime, ["doodle:one", "doodle:two", "doodle:three"]) == ["one", "two"]
