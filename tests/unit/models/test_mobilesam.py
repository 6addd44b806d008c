"""MobileSAM: what goes into graphs of its interface and comes out of them; and its real weights."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.runtimes import here
from tests.unit.models.tiny_mobilesam import RADII, SCORES, save_mobilesam

from cleanplate.models.jobs import Outline, SelectJob
from cleanplate.models.parts import mobile_sam
from cleanplate.models.parts.mobile_sam import CARD, outlines
from cleanplate.runtime.recent_results import MOST_RESULTS
from cleanplate.runtime.runtime import Runtime

RGB = np.random.default_rng(0).integers(0, 256, (200, 400, 3)).astype(np.uint8)


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """Its graphs draw discs round the middle of what they are told."""
    save_mobilesam(tmp_path / mobile_sam.NAME)
    made = here(models=tmp_path)
    yield made
    made.close()


def asked(runtime: Runtime, rgb: NDArray[Any] = RGB, **prompt: Any) -> tuple[Outline, ...]:
    return outlines(SelectJob(rgb=rgb, runtime=runtime, **prompt))


def middle(outline: Outline) -> tuple[float, float, float]:
    """Where its disc is and its radius, as shares of the picture's width."""
    rows, columns = np.nonzero(outline.level > 0)
    width = outline.level.shape[1]
    return columns.mean() / width, rows.mean() / width, float(np.sqrt(len(rows) / np.pi)) / width


@pytest.mark.parametrize(("width", "height"), [(400, 200), (2050, 1025), (1024, 512)])
def test_a_click_is_where_it_was_made(runtime: Runtime, width: int, height: int) -> None:
    rgb = np.zeros((height, width, 3), np.uint8)
    found = asked(runtime, rgb, points=((width // 4, height // 2),))
    assert [one.score for one in found] == sorted(SCORES[1:], reverse=True)
    likely = found[0]
    assert likely.level.dtype == np.float32
    assert likely.level.shape == (512, 1024)
    assert middle(likely) == pytest.approx((0.25, 0.25, RADII[2] / 1024), abs=0.004)


def test_an_upright_picture(runtime: Runtime) -> None:
    found = asked(runtime, RGB.transpose(1, 0, 2), points=((100, 300),))
    assert found[0].level.shape == (1024, 512)
    assert middle(found[0])[:2] == pytest.approx((0.5, 1.5), abs=0.01)


def test_where_the_prompt_is_clear_the_single_answer_is_the_first(runtime: Runtime) -> None:
    for prompt in (
        {"points": ((90, 100), (110, 100))},
        {"points": ((100, 100),), "not_points": ((300, 100),)},
        {"box": (80.0, 80.0, 120.0, 120.0)},
    ):
        found = asked(runtime, **prompt)
        assert found[0].score == pytest.approx(SCORES[0])
        assert len(found) == 3
        assert middle(found[0]) == pytest.approx((0.25, 0.25, RADII[0] / 1024), abs=0.004)


def test_a_picture_is_read_once(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[int, ...]] = []
    encode = mobile_sam._encode

    def counted(small: Any, by: Runtime) -> Any:
        read.append(small.shape)
        return encode(small, by)

    monkeypatch.setattr(mobile_sam, "_encode", counted)
    first = asked(runtime, points=((100, 100),))
    again = asked(runtime, points=((100, 100),))
    asked(runtime, points=((10, 10),))
    assert len(read) == 1
    np.testing.assert_array_equal(first[0].level, again[0].level)
    asked(runtime, 255 - RGB, points=((100, 100),))
    assert len(read) == 2
    for shade in range(20):
        asked(runtime, np.full((20, 20, 3), shade, np.uint8), points=((1, 1),))
    assert len(runtime.recent) == MOST_RESULTS


def test_specks_and_small_gaps_are_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    level = np.full((256, 256), -4, np.float32)
    level[40:140, 40:140] = 4
    level[60:64, 60:64] = -4
    level[100:104, 100:104] = -4
    level[200:206, 200:206] = 4
    level[20:26, 200:206] = 4
    monkeypatch.setattr(mobile_sam, "_see", lambda *_: mobile_sam._Seen(level, (1024, 1024), 1.0))
    monkeypatch.setattr(mobile_sam, "_decode", lambda *_: (np.stack([level] * 4), np.ones(4)))
    job = SelectJob(
        rgb=np.zeros((1024, 1024, 3), np.uint8),
        points=((400, 400), (812, 92)),
        not_points=((408, 408),),
        runtime=here(),
    )
    found = outlines(job)[0].level > 0
    assert found[244, 244], "a small gap is closed"
    assert not found[408, 408], "but not where somebody clicked beside the thing"
    assert not found[812, 812], "a speck goes"
    assert found[92, 812], "but not where somebody clicked on it"
    assert found[300, 300]
    assert not found[10, 10]


def test_progress_can_cancel(runtime: Runtime) -> None:
    class Stop(Exception):
        pass

    def stop(done: float) -> None:
        raise Stop

    with pytest.raises(Stop):
        outlines(SelectJob(rgb=RGB, points=((1, 1),), progress=stop, runtime=runtime))


REAL = pytest.mark.skipif(bool(CARD.missing(here())), reason="not pulled: cleanplate models pull mobilesam")


def scene() -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
    """A ball and a tile on a lawn."""
    random = np.random.default_rng(1)
    rgb = np.clip(random.normal((90, 140, 80), 8, (360, 540, 3)), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:360, :540]
    ball = np.hypot(y - 180, x - 160) < 70
    tile = (abs(y - 190) < 50) & (abs(x - 400) < 60)
    rgb[ball] = (225, 40, 35)
    rgb[tile] = (40, 60, 220)
    return rgb, ball, tile


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


def real(**prompt: Any) -> NDArray[np.bool_]:
    from cleanplate.edits.parts.selection import full_size
    from cleanplate.pixels.types import Pixels

    rgb, _, _ = scene()
    found = outlines(SelectJob(rgb=rgb, runtime=here(), **prompt))
    assert len(found) == 3
    assert all(0 <= one.score <= 1 for one in found)
    return full_size(found[0], Pixels(rgb))


@REAL
def test_the_network_outlines_what_is_clicked_on() -> None:
    _, ball, tile = scene()
    assert overlap(real(points=((160, 180),)), ball) > 0.95
    assert overlap(real(points=((400, 190),)), tile) > 0.95


@REAL
def test_the_network_outlines_what_is_in_a_box() -> None:
    _, ball, tile = scene()
    assert overlap(real(box=(85, 105, 235, 255)), ball) > 0.95
    assert overlap(real(box=(335, 135, 465, 245)), tile) > 0.95


@REAL
def test_the_network_heeds_more_points() -> None:
    _, ball, tile = scene()
    both = real(points=((160, 180), (400, 190)))
    assert overlap(both, ball | tile) > 0.8
    alone = real(points=((160, 180),), not_points=((400, 190), (300, 50)))
    assert overlap(alone, ball) > 0.95


def test_its_card_tells_the_chain_of_licences() -> None:
    assert "MIT" in CARD.licence
    assert "Apache-2.0" in CARD.licence
    assert replace(CARD, files=()).missing(here()) == ""
