"""What is clicked on, boxed or named, as a mask; and as what an erase takes away."""

from typing import Any

import numpy as np
import pytest
from tests.runtimes import here
from tests.unit.text.lettering import ground, written

from cleanplate import erase
from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.erase import EDIT as ERASE
from cleanplate.edits.select import EDIT
from cleanplate.errors import BadInput, BadParameter
from cleanplate.pixels.types import Mask, Pixels, Rgb8

LEFT, RIGHT = (slice(40, 80), slice(30, 60)), (slice(50, 90), slice(100, 150))


def scene() -> Rgb8:
    """Two red things on a green ground."""
    rgb = np.random.default_rng(0).integers(40, 160, (120, 200, 3)).astype(np.uint8)
    rgb[..., 0] = 20
    for thing in (LEFT, RIGHT):
        rgb[thing] = (250, 0, 0)
    return rgb


def run(rgb: Rgb8, **values: Any) -> Edited:
    return EDIT.run(EditRequest(Pixels(rgb), EDIT.parse(values), runtime=here()))


def flags(done: Edited) -> Any:
    mask = done.pixels.rgb
    assert set(np.unique(mask)) <= {0, 255}
    assert (mask == mask[..., :1]).all()
    return mask[..., 0] == 255


def exactly(*things: tuple[slice, slice]) -> Any:
    wanted = np.zeros((120, 200), np.bool_)
    for thing in things:
        wanted[thing] = True
    return wanted


@pytest.mark.usefixtures("pack")
class TestClicks:
    def test_white_is_what_is_clicked_on(self) -> None:
        done = run(scene(), points=[[40, 60]])
        np.testing.assert_array_equal(flags(done), exactly(LEFT))
        assert done.recipe["box"] == [30, 40, 60, 80]
        assert done.recipe["share"] == pytest.approx(40 * 30 / (120 * 200), abs=1e-6)
        assert done.recipe["model"] == {"name": "test-pack", "sha256": "0" * 64}
        assert done.recipe["candidate"] == 1
        first, second = done.recipe["candidates"]
        assert first == {"score": 0.9, "share": 0.05, "box": [30, 40, 60, 80]}
        assert second == {"score": 0.4, "share": 1.0, "box": [0, 0, 200, 120]}

    def test_more_points_and_points_beside(self) -> None:
        both = run(scene(), points=[[40, 60], [120, 70]])
        np.testing.assert_array_equal(flags(both), exactly(LEFT, RIGHT))
        one = run(scene(), points=[[40, 60], [120, 70]], not_points=[[101, 51]])
        np.testing.assert_array_equal(flags(one), exactly(LEFT))

    def test_a_box(self) -> None:
        done = run(scene(), box=[90, 30, 400, 300])
        np.testing.assert_array_equal(flags(done), exactly(RIGHT))

    def test_another_candidate(self) -> None:
        done = run(scene(), points=[[40, 60]], candidate=2)
        assert flags(done).all()
        assert done.recipe["candidate"] == 2
        with pytest.raises(BadParameter, match=r"candidate: there is no 3; there are 2"):
            run(scene(), points=[[40, 60]], candidate=3)

    def test_one_click_that_takes_most_of_the_picture_asks_for_a_second(self) -> None:
        with pytest.raises(BadInput) as raised:
            run(scene(), points=[[5, 5]])
        for words in (
            "would take 87 % of the picture",
            "second point",
            "not_points",
            "1 is 87 %, 2 is 100 %",
        ):
            assert words in raised.value.public
        assert flags(run(scene(), points=[[5, 5], [190, 110]])).mean() > 0.8
        assert flags(run(scene(), points=[[5, 5]], candidate=1)).mean() > 0.8

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({}, "points: say what is meant"),
            ({"not_points": [[1, 1]]}, "points: say what is meant"),
            ({"points": [[200, 60]]}, r"points: \(200, 60\) lies outside the picture of 200x120 px"),
            ({"points": [[4, 4]], "not_points": [[0, 120]]}, r"not_points: \(0, 120\) lies outside"),
            ({"points": [[4, 4]], "not_points": [[4, 4]]}, r"not_points: \(4, 4\) is among the points"),
            ({"box": [200, 0, 300, 50]}, "box: it does not touch the picture of 200x120 px"),
            ({"find": "things", "points": [[4, 4]]}, "find: say what is meant by words, or by points"),
        ],
    )
    def test_what_is_refused(self, values: dict[str, Any], words: str) -> None:
        with pytest.raises(BadParameter, match=words):
            run(scene(), **values)

    @pytest.mark.parametrize(
        "values",
        [
            {"points": [[-1, 4]]},
            {"points": [[1.5, 4]]},
            {"points": [[1]]},
            {"points": [[1, 2, 3]]},
            {"points": [[1, 2]] * 101},
            {"box": [10, 10, 10, 20]},
            {"candidate": 33},
            {"candidate": -1},
        ],
    )
    def test_what_is_no_parameter(self, values: dict[str, Any]) -> None:
        with pytest.raises(BadParameter, match=next(iter(values))):
            EDIT.parse(values)


@pytest.mark.usefixtures("pack")
class TestWords:
    def test_all_things_that_words_name(self) -> None:
        done = run(scene(), find="the pillars")
        np.testing.assert_array_equal(flags(done), exactly(LEFT, RIGHT))
        assert done.recipe["candidate"] == 0
        assert [one["box"] for one in done.recipe["candidates"]] == [[30, 40, 60, 80], [100, 50, 150, 90]]
        assert {one["score"] for one in done.recipe["candidates"]} == {0.5}

    def test_each_by_itself(self) -> None:
        np.testing.assert_array_equal(flags(run(scene(), find="the pillars", candidate=2)), exactly(RIGHT))
        with pytest.raises(BadParameter, match="candidate: there is no 3; there are 2"):
            run(scene(), find="the pillars", candidate=3)

    def test_words_that_find_nothing(self) -> None:
        with pytest.raises(BadInput, match="nothing in the picture matches 'nothing of that'"):
            run(scene(), find="nothing of that")

    def test_progress_goes_forward(self) -> None:
        seen: list[float] = []
        request = EditRequest(
            Pixels(scene()),
            EDIT.parse({"find": "the pillars"}),
            progress=lambda stage, done: seen.append(done),
            runtime=here(),
        )
        EDIT.run(request)
        assert seen == sorted(seen)
        assert seen[-1] == 1.0


def test_writing_has_a_finder_of_its_own_and_no_candidates() -> None:
    rgb = written(ground(160, 320), "PARKING", (60, 90), (20, 20, 20), 1.4)
    done = run(rgb, find="the text")
    assert 0 < flags(done).mean() < 0.5
    assert done.recipe["candidates"] == []
    with pytest.raises(BadParameter, match="candidate: there is no 1; there are none"):
        run(rgb, find="the text", candidate=1)


def test_what_is_missing_is_told() -> None:
    runtime = here(models="/nowhere")
    assert "cleanplate models pull mobilesam" in EDIT.missing(runtime)
    assert "cleanplate models pull grounding" in EDIT.limited(runtime)
    for values in ({"points": [[1, 1]]}, {"box": [1, 1, 2, 2]}):
        assert "cleanplate models pull mobilesam" in EDIT.lacking(EDIT.parse(values), runtime)
    assert "cleanplate models pull grounding" in EDIT.lacking(EDIT.parse({"find": "a dog"}), runtime)
    assert EDIT.lacking(EDIT.parse({"find": "the text"}), runtime) == ""
    assert "mobilesam" in ERASE.lacking(ERASE.parse({"points": [[1, 1]]}), runtime)
    assert ERASE.lacking(ERASE.parse({}), runtime) == ""


@pytest.mark.usefixtures("pack")
class TestErase:
    def erased(self, mask: Mask | None = None, **values: Any) -> Edited:
        parameters = ERASE.parse({"engine": "telea", **values})
        return ERASE.run(EditRequest(Pixels(scene()), parameters, mask=mask, runtime=here()))

    def test_what_is_clicked_on_goes(self) -> None:
        done = self.erased(points=[[40, 60]])
        assert done.pixels.rgb[LEFT][..., 0].max() < 200
        np.testing.assert_array_equal(done.pixels.rgb[RIGHT], scene()[RIGHT])
        assert done.recipe["finder"]["name"] == "test-pack"
        assert done.recipe["changed_outside_mask"] == 0

    def test_beside_a_mask_and_boxes(self) -> None:
        mask = Mask(exactly((slice(0, 10), slice(0, 10))))
        done = self.erased(mask, points=[[40, 60]], boxes=[[100, 50, 150, 90]])
        for thing in (LEFT, RIGHT):
            assert done.pixels.rgb[thing][..., 0].max() < 200
        assert (done.pixels.rgb[:8, :8] != scene()[:8, :8]).any()

    def test_what_is_refused(self) -> None:
        with pytest.raises(BadParameter, match="not_points"):
            self.erased(not_points=[[40, 60]])
        with pytest.raises(BadParameter, match="candidate"):
            self.erased(boxes=[[100, 50, 150, 90]], candidate=1)
        with pytest.raises(BadParameter, match="find"):
            self.erased(points=[[40, 60]], find="a pillar")
        with pytest.raises(BadInput, match="second point"):
            self.erased(points=[[5, 5]])
        with pytest.raises(BadParameter, match="outside the picture"):
            self.erased(points=[[5, 500]])

    def test_in_python(self) -> None:
        done = erase(scene(), points=[(40, 60)], engine="telea")
        assert done.array()[LEFT][..., 0].max() < 200
        with pytest.raises(BadParameter, match="say what to remove"):
            erase(scene())


@pytest.mark.usefixtures("pack")
def test_a_wider_mask_in_a_colour() -> None:
    done = run(scene(), points=[[40, 60]], grow_px=4, paint=[255, 203, 0, 186])
    opacity = done.pixels.alpha
    assert opacity is not None
    assert (done.pixels.rgb[opacity > 0] == (255, 203, 0)).all()
    assert set(np.unique(opacity)) == {0, 186}
    rows, columns = np.nonzero(opacity)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (36, 83, 26, 63)
    assert done.recipe["box"] == [30, 40, 60, 80]
