"""The packaged detector and reader on drawn writing."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.runtimes import here
from tests.unit.text.lettering import ground, written

from cleanplate.errors import BadInput
from cleanplate.models.jobs import FindTextJob
from cleanplate.models.parts import ppocr_detection
from cleanplate.models.parts.ppocr_detection import _spans
from cleanplate.models.ppocr import DETECTOR, MODEL, READER
from cleanplate.models.roles import FIND_TEXT
from cleanplate.models.run_model import run_model
from cleanplate.pixels.types import Alpha, Rgb8
from cleanplate.weights.files import path_of

DARK = (20, 20, 20)


def sign() -> Rgb8:
    rgb = written(ground(240, 400), "PARKING", (110, 90), DARK, 1.4)
    return written(rgb, "Exit 25", (40, 200), (250, 250, 250), 1.2)


def found(rgb: Rgb8, prompt: str = "", **options: Any) -> tuple[Alpha, list[str]]:
    job = FindTextJob(rgb=rgb, prompt=prompt, **options, runtime=here())
    text = run_model(FIND_TEXT, job, MODEL.name).made
    return text.alpha, [line.text for line in text.lines]


def test_the_weights_are_the_pinned_ones() -> None:
    import hashlib

    for file in (DETECTOR, READER):
        data = path_of(MODEL.name, file, here()).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size_bytes, file.sha256)


def test_writing_is_found_and_read() -> None:
    alpha, texts = found(sign())
    assert sorted(texts) == ["Exit 25", "PARKING"]
    ink = np.abs(sign().astype(int) - ground(240, 400)).max(axis=2) > 60
    assert alpha[ink].mean() > 0.95
    assert alpha.mean() < 3 * ink.mean()


def test_the_prompt_narrows_and_what_it_cannot_narrow_by_is_said() -> None:
    alpha, texts = found(sign(), "remove the text 'parking'")
    assert texts == ["PARKING"]
    assert alpha[:120].any()
    assert not alpha[140:].any()
    with pytest.raises(BadInput, match="'shirt' is not understood"):
        found(sign(), "the text on the shirt")


def test_upside_down_and_tilted_writing_is_read() -> None:
    assert sorted(found(np.ascontiguousarray(sign()[::-1, ::-1]))[1]) == ["Exit 25", "PARKING"]
    import cv2

    turn = cv2.getRotationMatrix2D((200, 120), 25, 0.9)
    tilted = cv2.warpAffine(sign(), turn, (400, 240), borderMode=cv2.BORDER_REPLICATE)
    assert "PARKING" in found(np.asarray(tilted, np.uint8))[1]


def test_a_picture_without_writing() -> None:
    alpha, texts = found(ground(200, 300))
    assert not alpha.any()
    assert texts == []


def test_whole_lines_where_something_was() -> None:
    there = np.zeros((240, 400), np.bool_)
    there[:130] = True
    alpha, _ = found(sign(), there=there)
    assert alpha[60:90, 110:270].mean() > 0.9
    assert not alpha[150:].any()


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (40, 2)])
def test_tiny_pictures(size: tuple[int, int]) -> None:
    assert found(np.full((*size, 3), 90, np.uint8))[0].shape == size


def test_tiles_give_what_the_whole_picture_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = found(sign())[1]
    monkeypatch.setattr(ppocr_detection, "TILE_PX", 200)
    monkeypatch.setattr(ppocr_detection, "RIM_PX", 64)
    assert found(sign())[1] == whole


def test_spans_cover_a_length_without_a_gap() -> None:
    for length in (1, 960, 1152, 1153, 4096):
        spans = _spans(length)
        assert spans[0][0] == 0
        assert spans[-1][1] == length
        assert all(first[1] == second[0] for first, second in pairwise(spans))


def test_progress_goes_up_and_can_stop_it() -> None:
    seen: list[float] = []
    run_model(FIND_TEXT, FindTextJob(rgb=sign(), progress=seen.append, runtime=here()), MODEL.name)
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] <= 1

    def stop(done: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_model(FIND_TEXT, FindTextJob(rgb=sign(), progress=stop, runtime=here()), MODEL.name)
