"""The three pipelines, loaded as the product loads them, with random weights of the same classes."""

import shutil
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.logged import logged
from tests.runtimes import here
from tests.unit.models.conftest import tiny

from cleanplate.errors import EngineFailed
from cleanplate.models import flux_klein, qwen_edit, sdxl_inpaint
from cleanplate.models.base import Model
from cleanplate.models.jobs import (
    CharacterJob,
    DoodleJob,
    InpaintJob,
    InstructJob,
    ModelJob,
    OutpaintJob,
    StylizeJob,
)
from cleanplate.models.parts.diffusion import model
from cleanplate.models.parts.pipeline import Pipeline, PipelineInput
from cleanplate.models.roles import (
    CHARACTER,
    DOODLE,
    INPAINT,
    INSTRUCT,
    OUTPAINT,
    STYLIZE,
    AnyRole,
    RoleName,
)
from cleanplate.pixels.types import Rgb8

pytest.importorskip("torch", reason="the extra `torch` is not installed: make test-torch")
pytest.importorskip("diffusers", reason="the extra `torch` is not installed: make test-torch")

from tests.unit.models.tiny import save_flux, save_qwen, save_sdxl

# What the libraries warn of is about their own next versions.
pytestmark = pytest.mark.filterwarnings("ignore")

ROWS = (Path(__file__).parents[3] / "docs" / "models.md").read_text().splitlines()
HEIGHT, WIDTH = 70, 101
RGB = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
MASK = np.zeros((HEIGHT, WIDTH), np.float32)
MASK[20:40, 30:60] = 1


ROLES: dict[RoleName, tuple[AnyRole, type[ModelJob]]] = {
    "inpaint": (INPAINT, InpaintJob),
    "outpaint": (OUTPAINT, OutpaintJob),
    "instruct": (INSTRUCT, InstructJob),
    "stylize": (STYLIZE, StylizeJob),
    "doodle": (DOODLE, DoodleJob),
    "character": (CHARACTER, CharacterJob),
}


def made(model: Model, name: RoleName = "instruct", **values: Any) -> Rgb8:
    """What the model makes of `RGB`; values of the job that the role has no use for are left out."""
    role, kind = ROLES[name]
    wanted = {"prompt": "a dog", "strength": 1.0, "seed": 1, "is_sketch": True, **values}
    known = {field.name for field in fields(kind)}
    job = kind(rgb=RGB, runtime=here(), **{name: value for name, value in wanted.items() if name in known})
    result: Rgb8 = model.performer(role)(job)
    return result


@pytest.fixture(scope="module")
def flux(weights: Path) -> Model:
    pipeline = tiny(flux_klein.PIPELINE)
    save_flux(weights / pipeline.name)
    return model(pipeline)


class TestFlux:
    @pytest.mark.parametrize("role", sorted(flux_klein.PIPELINE.roles))
    def test_every_role_gives_its_size_back(self, flux: Model, role: RoleName) -> None:
        after = made(flux, role, mask=MASK)
        assert after.shape == RGB.shape
        assert after.dtype == np.uint8
        assert (after != RGB).any()

    def test_words_seed_and_strength_have_a_say(self, flux: Model) -> None:
        ways: list[dict[str, Any]] = [
            {},
            {"seed": 2},
            {"prompt": "a cat"},
            {"strength": 0.5},
            {"strength": 0.2},
        ]
        assert len({made(flux, **way).tobytes() for way in ways}) == len(ways)
        without = made(flux, "inpaint", mask=MASK, negative_prompt="grass")
        assert (without != made(flux, "inpaint", mask=MASK)).any()
        assert (made(flux) == made(flux)).all()

    def test_no_strength_no_change(self, flux: Model) -> None:
        for role in ("instruct", "stylize"):
            assert (made(flux, role, strength=0.0) == RGB).all()

    def test_a_sketch_is_seen_as_it_is(self, flux: Model) -> None:
        found = made(flux, "doodle", is_sketch=False)
        assert (made(flux, "doodle") != found).any()

    def test_what_the_mask_leaves_is_seen(self, flux: Model) -> None:
        small, large = made(flux, "inpaint", mask=MASK), made(flux, "inpaint", mask=np.ones_like(MASK))
        assert (small != large).any()

    def test_progress_goes_on_and_can_cancel(self, flux: Model) -> None:
        class CancelledError(Exception):
            pass

        seen: list[float] = []

        def until(most: float) -> Callable[[float], None]:
            def progress(done: float) -> None:
                seen.append(done)
                if done > most:
                    raise CancelledError

            return progress

        made(flux, progress=until(2))
        assert seen == sorted(seen)
        assert len(seen) >= 6
        assert seen[-1] == 1
        seen.clear()
        with pytest.raises(CancelledError):
            made(flux, progress=until(0.4))
        assert len(seen) == 4
        assert made(flux).shape == RGB.shape


def test_less_strength_begins_with_less_noise() -> None:
    asked: list[dict[str, Any]] = []

    class Pipe:
        def __call__(self, **given: Any) -> Any:
            asked.append(given)
            return type("Output", (), {"images": given["image"]})

    from PIL import Image

    picture = Image.new("RGB", (64, 64))
    for strength in (0.25, 1.0):
        flux_klein._call(Pipe(), PipelineInput([picture], [picture], ["x"], [""], strength, [], dict))
    first, second = (given["sigmas"] for given in asked)
    assert first == [0.25, 0.1875, 0.125, 0.0625]
    assert second == [1.0, 0.75, 0.5, 0.25]


def test_sdxl(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdxl_inpaint, "_STEPS", 3)
    pipeline = tiny(sdxl_inpaint.PIPELINE)
    save_sdxl(weights / pipeline.name)
    changer = model(pipeline)
    ways: list[dict[str, Any]] = [{}, {"seed": 2}, {"prompt": "a cat"}, {"negative_prompt": "grass"}]
    results = [made(changer, "inpaint", mask=MASK, **way) for way in ways]
    assert len({result.tobytes() for result in results}) == len(ways)
    assert {result.shape for result in results} == {RGB.shape}
    assert made(changer, "outpaint", mask=MASK).shape == RGB.shape


def test_qwen(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torchvision", reason="the processor of its pictures needs torchvision")
    import diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus as plus

    monkeypatch.setattr(plus, "VAE_IMAGE_SIZE", 96 * 96)
    monkeypatch.setattr(plus, "CONDITION_IMAGE_SIZE", 64 * 64)
    monkeypatch.setattr(qwen_edit, "_STEPS", 3)
    pipeline = tiny(qwen_edit.PIPELINE)
    save_qwen(weights / pipeline.name)
    changer = model(pipeline)
    ways: list[dict[str, Any]] = [{}, {"seed": 2}, {"strength": 0.5}]
    results = [made(changer, **way) for way in ways]
    results += [made(changer, "inpaint", mask=MASK, negative_prompt=words) for words in ("", "grass")]
    assert len({result.tobytes() for result in results}) == len(results)
    assert {result.shape for result in results} == {RGB.shape}
    assert (made(changer, strength=0.0) == RGB).all()


def broken(
    failure: Exception, times: int, sizes: list[tuple[int, int]]
) -> Callable[[Any, PipelineInput], Any]:
    """A call that fails so often and then does nothing."""

    def call(pipe: Any, given: PipelineInput) -> Any:
        sizes.append(given.size)
        if len(sizes) <= times:
            raise failure
        return given.images

    return call


@pytest.mark.parametrize("times", [1, 2])
def test_without_memory_it_is_tried_once_more_and_smaller(
    flux: Model, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    sizes: list[tuple[int, int]] = []
    failure = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")
    pipeline = tiny(flux_klein.PIPELINE)
    changer = model(with_call(pipeline, broken(failure, times, sizes)))
    if times == 1:
        assert made(changer).shape == RGB.shape
    else:
        with logged(EngineFailed, "no memory") as raised:
            made(changer)
        assert "too large" in raised.value.public
    assert len(sizes) == 2
    assert sizes[1][0] * sizes[1][1] < 0.75 * sizes[0][0] * sizes[0][1]


@pytest.mark.parametrize(
    ("pipeline", "prompt"),
    [
        (flux_klein.PIPELINE, "Continue this picture beyond its borders without a seam. a {field}"),
        (sdxl_inpaint.PIPELINE, "a {field}"),
    ],
)
def test_who_reads_captions_is_told_nothing_else(flux: Model, pipeline: Pipeline, prompt: str) -> None:
    told: list[str] = []

    def call(pipe: Any, given: PipelineInput) -> Any:
        told.extend(given.prompts)
        return given.images

    asked = replace(tiny(pipeline), name="tiny-flux-klein", kind="Flux2KleinInpaintPipeline", variant="")
    made(model(with_call(asked, call)), "outpaint", mask=MASK, prompt="a {field}")
    assert told == [prompt]


def with_call(pipeline: Pipeline, call: Callable[[Any, PipelineInput], Any]) -> Pipeline:
    return replace(pipeline, call=call)


def test_another_failure_is_not_tried_again(flux: Model) -> None:
    sizes: list[tuple[int, int]] = []
    changer = model(with_call(tiny(flux_klein.PIPELINE), broken(RuntimeError("shapes differ"), 2, sizes)))
    with logged(EngineFailed, "shapes differ") as raised:
        made(changer)
    assert raised.value.public == "the model failed"
    assert len(sizes) == 1


def test_broken_weights_are_a_failure_of_the_model(weights: Path) -> None:
    pipeline = replace(tiny(flux_klein.PIPELINE), name="broken")
    (weights / "broken").mkdir()
    (weights / "broken" / "model_index.json").write_text('{"_class_name": "Flux2KleinPipeline"}')
    with logged(EngineFailed, "broken"):
        made(model(pipeline))


def test_nothing_but_safetensors_is_read(weights: Path) -> None:
    import torch

    pipeline = replace(tiny(flux_klein.PIPELINE), name="pickled")
    save_flux(weights / "pickled")
    vae = weights / "pickled" / "vae"
    torch.save({}, vae / "diffusion_pytorch_model.bin")
    (vae / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(EngineFailed):
        made(model(pipeline))
    shutil.rmtree(weights / "pickled")


def test_cards() -> None:
    for card in (flux_klein.MODEL.card, qwen_edit.MODEL.card, sdxl_inpaint.MODEL.card):
        assert card.gpu
        assert len(card.hub[0].revision) == 40
        assert "needs a GPU" in card.missing(here())
        assert f"cleanplate models pull {card.name}" in card.missing(here())
        (row,) = (line for line in ROWS if line.startswith(f"| `{card.name}` |"))
        assert f"| {card.memory_bytes / 1e9:.0f} GB of a GPU |" in row
    assert 0 <= sdxl_inpaint.MODEL.rank < qwen_edit.MODEL.rank < flux_klein.MODEL.rank
