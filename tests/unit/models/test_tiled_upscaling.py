"""The packaged networks that enlarge and restore, for real, on small pictures."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.drawings import DRAWINGS
from tests.runtimes import here

from cleanplate.errors import EngineFailed
from cleanplate.models import realesrgan, span
from cleanplate.models.base import Model
from cleanplate.models.catalogue import candidates, models
from cleanplate.models.jobs import ModelJob, RestoreJob, UpscaleJob
from cleanplate.models.parts.tiled_upscaling import Enlarger, shrink_to
from cleanplate.models.roles import RESTORE, UPSCALE
from cleanplate.models.run_model import run_model
from cleanplate.pixels.types import Rgb8
from cleanplate.weights.files import path_of

MEADOW = Path(__file__).parents[3] / "examples" / "meadow.jpg"
NETWORKS = [span._TWO, span._FOUR, realesrgan._VIDEO]
UPSCALERS = ["span", "realesrgan-video"]


@pytest.fixture(scope="module")
def clean() -> Rgb8:
    """(120, 144, 3), shrunk so that nothing is left of the file's own blocks."""
    rgb = np.asarray(Image.open(MEADOW).convert("RGB"))[300:780, 200:776]
    return np.asarray(cv2.resize(rgb, (144, 120), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture
def one_core(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("cleanplate.models.parts.tiled_upscaling.cores", lambda: 1)
    yield


def smaller(rgb: Rgb8, factor: int) -> Rgb8:
    size = (rgb.shape[1] // factor, rgb.shape[0] // factor)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def psnr(truth: Rgb8, made: Rgb8) -> float:
    error = truth[8:-8, 8:-8].astype(float) - made[8:-8, 8:-8]
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def enlarged(name: str, rgb: Rgb8, factor: int, **fields: Any) -> Rgb8:
    return run_model(UPSCALE, UpscaleJob(rgb=rgb, factor=factor, **fields, runtime=here()), name).made


def restored(rgb: Rgb8, quality: int) -> Rgb8:
    return run_model(RESTORE, RestoreJob(rgb=rgb, quality=quality, runtime=here())).made


@pytest.mark.parametrize("model", [span.MODEL, *realesrgan.MODEL], ids=lambda model: model.name)
def test_the_files_are_those_of_the_card(model: Model) -> None:
    import hashlib

    for file in model.card.files:
        content = path_of(model.name, file, here()).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size_bytes, file.sha256)


def test_which_model_does_it() -> None:
    assert [model.name for model in candidates(UPSCALE, here())][:2] == UPSCALERS
    assert [model.name for model in candidates(RESTORE, here())] == ["realesrgan-video"]
    assert "realesrgan-photo" in models(here())


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_it_is_nearer_to_the_truth_than_bicubic(clean: Rgb8, factor: int) -> None:
    truth = clean[: clean.shape[0] // factor * factor, : clean.shape[1] // factor * factor]
    size = (truth.shape[1] // factor, truth.shape[0] // factor)
    small = np.asarray(Image.fromarray(truth).resize(size, Image.Resampling.BICUBIC))
    plain = cv2.resize(small, truth.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    made = enlarged("span", small, factor)
    assert psnr(truth, made) > psnr(truth, np.asarray(plain, np.uint8)) + 0.8


@pytest.mark.parametrize("name", UPSCALERS)
@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_nothing_moves_and_no_colour_changes(clean: Rgb8, name: str, factor: int) -> None:
    back = smaller(enlarged(name, clean, factor), factor)
    assert psnr(clean, back) > 26
    shift, _ = cv2.phaseCorrelate(
        *(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).astype(float) for one in (clean, back))
    )
    assert np.abs(shift).max() < 0.1
    assert np.abs(clean.mean((0, 1)) - back.mean((0, 1))).max() < 3


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.weights.path)
def test_tiles_leave_no_seam(clean: Rgb8, network: Enlarger) -> None:
    job = ModelJob(rgb=clean, runtime=here())
    whole = replace(network, side_px=1024).run(job, 2, shrink_to(2)).astype(int)
    tiled = replace(network, side_px=48).run(job, 2, shrink_to(2)).astype(int)
    assert np.abs(whole - tiled).max() <= 1


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 40, 3), (33, 2, 3)])
@pytest.mark.parametrize("name", UPSCALERS)
def test_small_pictures(name: str, shape: tuple[int, int, int]) -> None:
    grey = np.full(shape, 128, np.uint8)
    made = enlarged(name, grey, 3)
    assert made.shape == (shape[0] * 3, shape[1] * 3, 3)
    assert np.abs(made.astype(int) - 128).max() < 40


def test_the_number_of_cores_does_not_show(clean: Rgb8, monkeypatch: pytest.MonkeyPatch) -> None:
    several = enlarged("span", clean, 2)
    monkeypatch.setattr("cleanplate.models.parts.tiled_upscaling.cores", lambda: 1)
    assert (enlarged("span", clean, 2) == several).all()


@pytest.mark.parametrize("quality", [15, 50])
def test_restoring_brings_back_what_was(clean: Rgb8, quality: int) -> None:
    _, coded = cv2.imencode(".jpg", clean[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    spoilt = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR_RGB), np.uint8)
    assert psnr(clean, restored(spoilt, quality)) > psnr(clean, spoilt) + 0.3


def test_restoring_a_clean_picture_changes_little(clean: Rgb8) -> None:
    made = restored(clean, 100)
    assert (made != clean).any()
    assert psnr(clean, made) > 32


@pytest.mark.usefixtures("one_core")
def test_progress_after_each_tile_and_no_more_work_once_cancelled(clean: Rgb8) -> None:
    class CancelledError(Exception):
        pass

    seen: list[float] = []
    worked: list[int] = []

    def progress(done: float) -> None:
        seen.append(done)
        if done > 0.3:
            raise CancelledError

    def finish(tile: Rgb8, made: Rgb8) -> Rgb8:
        worked.append(1)
        return shrink_to(2)(tile, made)

    network = replace(span._TWO, side_px=32)
    with pytest.raises(CancelledError):
        network.run(ModelJob(rgb=clean, progress=progress, runtime=here()), 2, finish)
    assert seen[0] == 0
    assert seen[1:] == pytest.approx([count / 20 for count in range(1, len(seen))])
    assert len(worked) < 15


def test_a_failure_in_a_tile_is_the_models_failure(clean: Rgb8) -> None:
    here().close()
    with pytest.raises(EngineFailed):
        replace(span._TWO, names=("data", "nothing"), side_px=32).run(
            ModelJob(rgb=clean, runtime=here()), 2, shrink_to(2)
        )
    here().close()


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("name", sorted({*DRAWINGS} - {"fine_checker", "noise"}))
def test_drawings_stay_what_they_are(name: str, factor: int) -> None:
    """At hard edges SPAN alone makes noise of everything near: codes and comics came out as snow."""
    drawn = DRAWINGS[name](96, 100)
    again = smaller(enlarged("span", drawn, factor), factor).astype(int)
    assert np.abs(again - drawn).max() < 80
    assert np.abs(again - drawn).mean() < 20


def test_where_a_network_loses_hold_tiles_leave_no_seam() -> None:
    drawn = DRAWINGS["code"](140, 150)
    whole, parts = (
        replace(span._FOUR, side_px=side)
        .run(ModelJob(rgb=drawn, runtime=here()), 4, shrink_to(4))
        .astype(int)
        for side in (256, 48)
    )
    assert np.abs(whole - parts).mean() < 1
