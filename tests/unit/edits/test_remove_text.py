"""Remove text: strokes are filled, marks are taken off, everything else stays."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from tests.runtimes import here
from tests.unit.text.lettering import ground, written

from cleanplate.compositing.paste import Patch
from cleanplate.edits import remove_text
from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.parts.filling import Filled
from cleanplate.edits.remove_text import EDIT, RemoveTextParameters
from cleanplate.errors import BadInput
from cleanplate.fill.choosing import Choice
from cleanplate.models.jobs import FindTextJob, FoundText
from cleanplate.models.ppocr import MODEL
from cleanplate.models.roles import FIND_TEXT, AnyRole
from cleanplate.models.run_model import ModelResult, run_model
from cleanplate.pixels import masks
from cleanplate.pixels.types import Alpha, Box, Hole, Mask, Native, Pixels, Rgb8

DARK = (20, 20, 20)


def sign() -> Rgb8:
    rgb = written(ground(240, 400), "PARKING", (110, 90), DARK, 1.4)
    return written(rgb, "Exit 25", (40, 200), (250, 250, 250), 1.2)


def run(rgb: Rgb8, mask: Alpha | None = None, keep: Alpha | None = None, **values: Any) -> Edited:
    request = EditRequest(
        Pixels(rgb),
        EDIT.parse(values),
        mask=None if mask is None else Mask(mask > 0),
        keep=None if keep is None else Mask(keep > 0),
        runtime=here(),
    )
    return EDIT.run(request)


def read(rgb: Rgb8) -> list[str]:
    found = run_model(FIND_TEXT, FindTextJob(rgb=rgb, runtime=here()), MODEL.name).made
    return [line.text for line in found.lines]


def test_the_writing_goes_and_the_ground_comes_back() -> None:
    done = run(sign())
    assert read(done.pixels.rgb) == []
    before, after = sign().astype(int), done.pixels.rgb.astype(int)
    assert np.abs(after - ground(240, 400)).max(axis=2).mean() < 3
    untouched = np.abs(before - ground(240, 400)).max(axis=2) == 0
    assert (after == before)[untouched].mean() > 0.85
    assert done.recipe["changed_outside_mask"] == 0
    assert sorted(line["text"] for line in done.recipe["lines"]) == ["Exit 25", "PARKING"]
    assert done.recipe["model"]["name"] == MODEL.name
    assert done.recipe["unblended"] == 0


def test_writing_that_is_all_there_is_to_see_cannot_be_filled() -> None:
    rgb = written(np.full((200, 400, 3), 255, np.uint8), "STICKER", (60, 120), (220, 0, 0), 2.0)
    opacity = np.where((rgb < 255).any(axis=2), 255, 0).astype(np.uint8)
    said = "^nothing is left to fill from: the writing that was found.* all of the picture that can be seen$"
    with pytest.raises(BadInput, match=said):
        EDIT.run(EditRequest(Pixels(rgb, alpha=opacity), EDIT.parse({}), runtime=here()))


@pytest.mark.parametrize("top", [True, False])
def test_an_opaque_bar_at_the_frame_stays(top: bool) -> None:
    before = ground(300, 480)
    bar = slice(0, 60) if top else slice(240, 300)
    before[bar] = (200, 16, 46)
    lettered = written(before, "Rocket lifts off", (20, bar.stop - 20), (255, 255, 255), 1.0)
    done = run(lettered)
    assert read(done.pixels.rgb) == []
    away = ~masks.dilate((lettered != before).any(axis=2), 20)
    assert (done.pixels.rgb == lettered)[away].all()
    assert np.abs(done.pixels.rgb[bar].astype(int) - before[bar]).max() < 12


def test_only_what_the_prompt_names() -> None:
    done = run(sign(), prompt="remove the text 'Exit'")
    assert read(done.pixels.rgb) == ["PARKING"]
    assert (done.pixels.rgb[:120] == sign()[:120]).all()


@pytest.mark.parametrize("prompt", ["Remove the Chinese text", "the words 'CLOSED'"])
def test_nothing_that_the_prompt_names_is_bad_input(prompt: str) -> None:
    with pytest.raises(BadInput, match="no writing was found"):
        run(sign(), prompt=prompt)


def test_a_prompt_that_is_not_understood_is_bad_input_or_means_all() -> None:
    with pytest.raises(BadInput, match="'shirt' is not understood"):
        run(sign(), prompt="the English text on the shirt")
    done = run(sign(), prompt="the 'Exit' text on the shirt", strict=False)
    assert read(done.pixels.rgb) == []
    assert done.recipe["not_understood"] == ["shirt"]
    assert "not_understood" not in run(sign(), prompt="the text", strict=False).recipe


@pytest.mark.parametrize("prompt", ["去除水印", "the logo"])
def test_where_no_watermark_is_known_for_one_all_writing_may_be_meant(prompt: str) -> None:
    whole = [(0, 0, 400, 240)]
    for boxes in ([], whole):
        with pytest.raises(BadInput, match=r"no writing was found.*draw a box \(boxes\), at most 30%"):
            run(sign(), prompt=prompt, boxes=boxes)
    assert read(run(sign(), prompt=prompt, strict=False).pixels.rgb) == []


@pytest.mark.parametrize("prompt", ["the watermark", "Remove the logo"])
def test_a_mark_that_nobody_reads_may_be_there_without_any_writing(prompt: str) -> None:
    plain = ground(200, 300)
    for boxes in ([], [(0, 0, 300, 200)]):
        with pytest.raises(BadInput, match=r"draw a box \(boxes\)"):
            run(plain, prompt=prompt, boxes=boxes)
    done = run(plain, prompt=prompt, strict=False)
    assert (done.pixels.rgb == plain).all()
    assert done.recipe["warnings"] == ["no writing was found; the picture is unchanged"]


@pytest.mark.parametrize("prompt", ["", "Remove the text"])
def test_a_picture_without_writing_is_done_already(prompt: str) -> None:
    plain = ground(200, 300)
    done = run(plain, prompt=prompt)
    assert (done.pixels.rgb == plain).all()
    assert (done.recipe["lines"], done.recipe["changed_outside_mask"]) == ([], 0)
    assert done.recipe["warnings"] == ["no writing was found; the picture is unchanged"]


def test_what_went_as_asked_needs_no_warning() -> None:
    assert "warnings" not in run(sign()).recipe
    assert "warnings" not in run(sign(), prompt="the text 'parking'").recipe


def test_words_that_are_not_there_are_named() -> None:
    done = run(sign(), prompt="remove 'Exit' and 'CLOSED'")
    assert read(done.pixels.rgb) == ["PARKING"]
    assert done.recipe["warnings"] == ["'CLOSED' was not found"]
    more = run(sign(), prompt="the shirt text", strict=False)
    assert more.recipe["warnings"] == ["'shirt' was not understood, so all writing was removed"]


def test_writing_that_could_not_be_removed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_strokes(role: AnyRole, job: FindTextJob) -> ModelResult[FoundText]:
        result = run_model(FIND_TEXT, job)
        if job.there is None:
            result.made.alpha[:120] = 0
        return result

    monkeypatch.setattr(remove_text, "run_model", no_strokes)
    said = run(sign()).recipe["warnings"]
    assert said == ["'PARKING' was read, but its strokes could not be told from its ground"]


def test_the_part_of_a_line_that_is_left_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_its_end(role: AnyRole, job: FindTextJob) -> ModelResult[FoundText]:
        result = run_model(FIND_TEXT, job)
        if job.there is None:
            result.made.alpha[:120, 190:] = 0
        return result

    assert "warnings" not in run(sign()).recipe
    monkeypatch.setattr(remove_text, "run_model", without_its_end)
    (said, *_) = run(sign()).recipe["warnings"]
    assert said == "'ING' of 'PARKING' was read, but its strokes could not be told from their ground"


def test_what_can_still_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remove_text, "_fill", nothing)
    seen: list[float] = []
    request = EditRequest(
        Pixels(sign()), EDIT.parse({}), progress=lambda stage, done: seen.append(done), runtime=here()
    )
    done = EDIT.run(request)
    assert done.recipe["warnings"] == ["some writing can still be read where it was removed"]
    assert seen == sorted(seen)


def nothing(found: Any, pixels: Pixels, hole: Hole, choice: Choice, share: tuple[float, float]) -> Filled:
    """Leaves the hole as it is."""
    return Filled([], [], choice)


def test_mask_and_keep_say_where() -> None:
    upper = np.zeros((240, 400), np.float32)
    upper[:120] = 1
    assert read(run(sign(), mask=upper).pixels.rgb) == ["Exit 25"]
    kept = run(sign(), keep=upper).pixels.rgb
    assert (kept[:120] == sign()[:120]).all()
    assert read(kept) == ["PARKING"]


def test_what_is_still_read_is_filled_again_a_little_wider(monkeypatch: pytest.MonkeyPatch) -> None:
    fill = remove_text._fill
    holes = []

    def lazy(found: Any, pixels: Pixels, hole: Hole, choice: Choice, share: tuple[float, float]) -> Filled:
        holes.append(hole)
        return (nothing if len(holes) == 1 else fill)(found, pixels, hole, choice, share)

    monkeypatch.setattr(remove_text, "_fill", lazy)
    done = run(sign())
    assert len(holes) == 2
    first, second = holes
    assert second[masks.dilate(first, 2)].all()
    assert not second[~masks.dilate(first, 4)].any()  # never the whole box
    assert read(done.pixels.rgb) == []


def tiled(before: Rgb8, angle: float) -> tuple[Rgb8, Hole]:
    """The picture with a mark of half strength in rows, and where that is."""
    layer = np.zeros((700, 700, 3), np.uint8)
    for row, y in enumerate(range(20, 700, 70)):
        for x in range(-40 + 30 * (row % 2), 700, 150):
            layer = written(layer, "SAMPLE", (x, y), (255, 255, 255))
    turned = cv2.warpAffine(layer, cv2.getRotationMatrix2D((350, 350), angle, 1), (700, 700))
    height, width = before.shape[:2]
    share = turned[70 : 70 + height, 70 : 70 + width, :1] / 255 * 0.5
    return np.rint((1 - share) * before + share * 255).astype(np.uint8), np.asarray(share[..., 0] > 0.05)


@pytest.mark.parametrize(("angle", "most"), [(0, 14), (-25, 18)])
def test_a_translucent_mark_in_rows_is_taken_off(angle: float, most: float) -> None:
    before = np.asarray(ground(360, 560) // 2 + 20, np.uint8)
    before[::7, ::3] += 25  # a texture that no fill would guess
    marked, mark = tiled(before, angle)
    done = run(marked)
    assert done.recipe["unblended"] >= 8
    assert done.recipe["changed_outside_mask"] == 0
    assert np.sqrt(((done.pixels.rgb.astype(float) - before)[mark] ** 2).mean()) < most


def test_copies_of_which_the_frame_has_left_a_scrap_go_too() -> None:
    before = np.asarray(ground(360, 560) // 2 + 20, np.uint8)
    layer = np.zeros((360, 560, 3), np.uint8)
    for y in range(30, 420, 70):
        for x in range(-105, 560, 150):
            layer = written(layer, "SAMPLE", (x, y), (255, 255, 255))
    share = layer[..., :1] / 255 * 0.5
    copy = np.rint((1 - share) * before + share * 255).astype(np.uint8)
    scraps = np.asarray(share[:, :25, 0] > 0.05)
    made = run(copy).pixels.rgb
    assert np.abs(made[:, :25].astype(int) - before[:, :25]).max(axis=2)[scraps].mean() < 15


def test_what_is_left_of_a_mark_is_filled_stroke_by_stroke(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = ground(60, 100)
    alpha = np.zeros((40, 40), np.float32)
    alpha[20, 5:35] = 0.5
    marks = [Patch(Box(10, 10, 50, 50), rgb[10:50, 10:50], alpha)]
    ink = np.ones((60, 100), np.bool_)
    monkeypatch.setattr(remove_text, "run_model", reads_all_again)
    request = EditRequest(Pixels(rgb), EDIT.parse({}), runtime=here())
    text = FoundText(ink.astype(np.float32))
    found = remove_text._Found(request, RemoveTextParameters(), ink, ink, text, {})
    left = remove_text._left_over(found, Pixels(rgb), ink, marks, (0.0, 1.0))
    assert (left[10:50, 10:50] == masks.dilate(alpha > 0, 2)).all()
    assert left[:, 50:].all()


def reads_all_again(_role: AnyRole, job: FindTextJob) -> ModelResult[FoundText]:
    """What was removed seems to be there still, and all round it."""
    return ModelResult(FoundText(np.ones(job.rgb.shape[:2], np.float32)), {})


def test_a_deep_file_keeps_its_depth_outside() -> None:
    samples = sign().astype(np.uint16) * 257 + 3
    pixels = replace(Pixels(sign()), native=Native(samples, "rgb"))
    done = EDIT.run(EditRequest(pixels, EDIT.parse({}), runtime=here())).pixels
    assert done.native is not None
    assert (done.native.samples[:40] == samples[:40]).all()
    assert (done.native.samples != samples).any()


@pytest.mark.parametrize("value", [-1, 65])
def test_out_of_range(value: int) -> None:
    with pytest.raises(BadInput, match="dilate_px"):
        EDIT.parse({"dilate_px": value})


def test_progress_goes_up() -> None:
    seen: list[float] = []
    request = EditRequest(
        Pixels(sign()), EDIT.parse({}), progress=lambda stage, done: seen.append(done), runtime=here()
    )
    EDIT.run(request)
    assert seen == sorted(seen)
    assert seen[-1] <= 1


def test_with_label_and_seed() -> None:
    small = written(ground(120, 200), "Exit", (60, 70), DARK)
    plain, same, marked = (run(small, label=label).pixels.rgb for label in (False, False, True))
    assert (plain == same).all()
    assert (plain != marked)[60:, 100:].any()
