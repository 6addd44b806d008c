"""One object in another material: which object, and that nothing else changes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.runtimes import here, plug_in

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.errors import BadInput, BadParameter, CleanplateError, EngineFailed, NothingToErase
from cleanplate.models import catalogue
from cleanplate.models.base import Model
from cleanplate.models.jobs import SubjectJob
from cleanplate.models.roles import SUBJECT, Ability
from cleanplate.pixels.types import Alpha, Mask, Native, Origin, Pixels
from cleanplate.weights.card import Card

EDIT = edits(here())["stylize_local"]
HEIGHT, WIDTH = 90, 120
ICE = "turn the ball into ice"


def disc(x: int = 60, radius: int = 25) -> Alpha:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.asarray(np.hypot(rows - 45, columns - x) < radius, np.float32)


def picture(**fields: Any) -> Pixels:
    rgb = np.random.default_rng(0).integers(90, 130, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    rgb[disc() > 0] = (210, 30, 30)
    return replace(Pixels(rgb), **fields)


def run(prompt: str, pixels: Pixels | None = None, **rest: Any) -> Edited:
    parameters = EDIT.parse({"prompt": prompt, **rest.pop("parameters", {})})
    return EDIT.run(EditRequest(pixels or picture(), parameters, **rest, runtime=here()))


@pytest.fixture
def subject(monkeypatch: pytest.MonkeyPatch) -> Callable[[Alpha], None]:
    """Has the picture's main subject found where one wants it; the model that knows words is away."""
    candidates = catalogue.candidates
    monkeypatch.setattr(
        catalogue,
        "candidates",
        lambda role, runtime: [] if role.name == "find" else candidates(role, runtime),
    )

    def put(sure: Alpha) -> None:
        def found(job: SubjectJob) -> Alpha:
            return sure

        card = Card("guess", "MIT", sha256="ab")
        plug_in(monkeypatch, Model(card, (Ability(SUBJECT, found),), rank=1000))

    return put


class TestRegion:
    def test_by_mask_whatever_the_words(self) -> None:
        done = run("ice", mask=Mask(disc(30, 12) > 0))
        before = picture()
        inside = disc(30, 12) > 0
        assert (done.pixels.rgb[inside] != before.rgb[inside]).any(axis=1).mean() > 0.9
        assert (done.pixels.rgb[~inside] == before.rgb[~inside]).all()
        assert done.recipe["region"] == {"by": "mask"}
        assert done.recipe["changed_outside_mask"] == 0
        assert done.recipe["material"] == "ice"
        assert done.recipe["model"]["name"] == "arbitrary-style"

    def test_what_is_kept_is_no_part_of_it(self) -> None:
        keep = np.zeros((HEIGHT, WIDTH), np.bool_)
        keep[:, 60:] = True
        done = run(ICE, mask=Mask(disc() > 0), keep=Mask(keep)).pixels.rgb
        assert (done[:, 60:] == picture().rgb[:, 60:]).all()
        assert (done[:, :60] != picture().rgb[:, :60]).any()

    def test_a_mask_that_leaves_nothing_is_refused(self) -> None:
        with pytest.raises(NothingToErase, match="mask"):
            run(ICE, mask=Mask(disc() > 0), keep=Mask(np.ones((HEIGHT, WIDTH), np.bool_)))

    def test_the_main_subject_when_there_is_no_doubt(self, subject: Callable[[Alpha], None]) -> None:
        subject(disc())
        done = run(ICE)
        changed = (done.pixels.rgb != picture().rgb).any(axis=2)
        assert changed[disc(radius=22) > 0].mean() > 0.95
        assert not changed[disc(radius=32) == 0].any()
        assert done.recipe["region"] == {"by": "main subject", "model": {"name": "guess", "sha256": "ab"}}
        assert done.recipe["changed_outside_mask"] == 0

    @pytest.mark.parametrize(
        "sure",
        [
            pytest.param(disc() * 0, id="nothing"),
            pytest.param(disc(radius=2), id="too small"),
            pytest.param(np.ones((HEIGHT, WIDTH), np.float32), id="everything"),
            pytest.param(np.maximum(disc(30, 15), disc(90, 15)), id="two things"),
            pytest.param(disc() * np.float32(0.6), id="not sure"),
        ],
    )
    def test_no_clear_subject_is_an_error_that_says_what_would_help(
        self, subject: Callable[[Alpha], None], sure: Alpha
    ) -> None:
        subject(sure)
        with pytest.raises(BadInput, match=r"no clear main subject to take for 'the ball': .*find"):
            run(ICE)

    @pytest.mark.parametrize(
        "prompt", ["turn the balls into ice", "turn the sky into ice", "把左边的球变成冰"]
    )
    def test_the_main_subject_is_never_taken_for_something_else(
        self, subject: Callable[[Alpha], None], prompt: str
    ) -> None:
        subject(disc())
        with pytest.raises(BadInput, match="only be found by a model that knows words"):
            run(prompt)

    def test_without_any_way_to_find_it_the_error_names_both(self, monkeypatch: pytest.MonkeyPatch) -> None:
        candidates = catalogue.candidates
        gone = {"find", "subject"}
        monkeypatch.setattr(
            catalogue,
            "candidates",
            lambda role, runtime: [] if role.name in gone else candidates(role, runtime),
        )
        with pytest.raises(EngineFailed, match=r"can find is known.*can subject is known"):
            run(ICE)


@pytest.mark.parametrize(
    ("prompt", "complaint"),
    [
        ("turn the ball into marble", "no known|no material"),
        ("ice", "names a material and no object"),
        ("", "no material"),
    ],
)
def test_a_prompt_that_lacks_something(prompt: str, complaint: str) -> None:
    with pytest.raises(BadParameter, match=complaint):
        run(prompt)


@pytest.mark.parametrize(
    "material", ["ice", "cloud", "festive lantern", "wood", "porcelain", "fluffy", "weaving", "balloon"]
)
def test_every_material_changes_the_object_and_keeps_its_form(material: str) -> None:
    shaded = picture()
    shaded.rgb[disc() > 0] = (np.linspace(40, 220, WIDTH)[None, :, None] * np.ones((HEIGHT, 1, 3)))[
        disc() > 0
    ]
    done = run(f"turn the ball into {material}", shaded, mask=Mask(disc() > 0)).pixels.rgb
    inside = disc(radius=20) > 0
    assert np.abs(done.astype(int) - shaded.rgb)[inside].mean() > 10
    likeness = np.corrcoef(done[inside].mean(1), shaded.rgb[inside].mean(1))[0, 1]
    assert likeness > 0.3 or material in {"balloon", "porcelain"}  # one has its own light, the other figures


def test_the_seed_has_a_say_and_is_kept() -> None:
    def made(seed: int) -> bytes:
        return run(ICE, mask=Mask(disc() > 0), parameters={"seed": seed}).pixels.rgb.tobytes()

    assert made(1) == made(1)
    assert made(1) != made(2)


def test_the_files_own_depth_is_kept_outside() -> None:
    samples = np.random.default_rng(1).integers(0, 65536, (HEIGHT, WIDTH, 3)).astype(np.uint16)
    pixels = picture(native=Native(samples, "rgb"))
    native = run(ICE, pixels, mask=Mask(disc() > 0)).pixels.native
    assert native is not None
    assert (native.samples[disc() == 0] == samples[disc() == 0]).all()
    assert (native.samples[disc() > 0] != samples[disc() > 0]).any()


def test_a_grey_picture_becomes_a_coloured_one() -> None:
    grey = np.repeat(picture().rgb[..., :1], 3, axis=2)
    done = run(ICE, Pixels(grey, origin=Origin(grey=True)), mask=Mask(disc() > 0)).pixels
    assert not done.origin.grey
    assert np.ptp(done.rgb[45, 60].astype(int)) > 20
    assert (done.rgb[disc() == 0] == grey[disc() == 0]).all()


@pytest.mark.usefixtures("pack")
class TestWithModelsThatKnowWords:
    def test_the_words_find_it(self) -> None:
        done = run(ICE)
        changed = (done.pixels.rgb != picture().rgb).any(axis=2)
        assert changed[disc() > 0].mean() > 0.95
        assert not changed[disc(radius=30) == 0].any()
        assert done.recipe["region"] == {"by": "words", "model": {"name": "test-pack", "sha256": "0" * 64}}
        assert done.recipe["crops"] == [[11, 0, 110, 90]]

    def test_words_that_fit_nothing_are_an_error(self) -> None:
        with pytest.raises(CleanplateError, match="nothing in the picture matches 'the nothing'"):
            run("turn the nothing into ice")

    def test_the_label_is_in_the_lower_right(self) -> None:
        pixels = Pixels(np.full((200, 300, 3), 90, np.uint8))
        mask = np.zeros((200, 300), np.bool_)
        mask[20:60, 20:60] = True
        plain, marked = (
            run(ICE, pixels, mask=Mask(mask), parameters={"label": label}).pixels.rgb
            for label in (False, True)
        )
        differs = (plain != marked).any(axis=2)
        assert differs[100:, 150:].any()
        assert not differs[:100].any()
        assert not differs[:, :150].any()

    def test_progress_only_grows(self) -> None:
        seen: list[float] = []
        run(f"hold {ICE}", progress=lambda stage, done: seen.append(done))
        assert seen == sorted(seen)
        assert seen[0] == 0
