from typing import Any, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.fill.patchmatch.kernels import NearestNeighbours, SearchImage, measure, search, vote
from cleanplate.pixels.types import Box, Hole

Planes: TypeAlias = NDArray[np.uint8]
RADIUS = 2
HEIGHT, WIDTH = 40, 60
HOLE = Box(30, 12, 42, 24)


def noise(seed: int = 0, channels: int = 4) -> Planes:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, channels)).astype(np.uint8)


def search_image(image: Planes, weight: Planes, *rest: Any) -> SearchImage:
    """With both in one row besides; every place is as good."""
    every = *rest, np.ones(len(rest[4]), np.float32)
    return SearchImage(image, weight, image.reshape(-1), weight.reshape(-1), *every)


def vote_in(
    seen: SearchImage,
    field: NearestNeighbours,
    share: NDArray[np.float32],
    wanted: Hole,
    how: tuple[int, int, int],
    out: Planes,
) -> None:
    """`vote`, with room to add up in."""
    count = (how[1] - how[0]) * wanted.shape[1]
    room = np.zeros(count * seen.image.shape[2], np.float32), np.zeros(count, np.float32)
    vote(seen, field, share, wanted, how, room, out)


def scene(image: Planes, hole: Box = HOLE, closed: Hole | None = None) -> SearchImage:
    """Every pixel of the hole is a target; what is counted is a window with a margin of its own."""
    height, width = image.shape[:2]
    top, left = hole.top - 2 * RADIUS, hole.left - RADIUS - 1
    window = Box(left, top, hole.right + RADIUS + 3, hole.bottom + RADIUS)
    if closed is None:
        closed = np.zeros((height, width), np.bool_)
        closed[hole.slices] = True
    sources = np.zeros_like(closed)
    for y in range(RADIUS, height - RADIUS):
        for x in range(RADIUS, width - RADIUS):
            sources[y, x] = not closed[y - RADIUS : y + RADIUS + 1, x - RADIUS : x + RADIUS + 1].any()
    rows, columns = np.mgrid[hole.slices]
    order = np.full((window.height, window.width), -1, np.int32)
    order[rows - top, columns - left] = np.arange(rows.size).reshape(rows.shape)
    random = np.random.default_rng(9)
    weight = random.integers(1, 17, (window.height, window.width, image.shape[2])).astype(np.uint8)
    y, x = (part.ravel().astype(np.int32) for part in (rows, columns))
    plain, upward = np.zeros(len(y), np.bool_), random.random(len(y)) < 0.5
    return search_image(image, weight, top, left, sources, RADIUS, y, x, order, plain, upward)


def scattered(seen: SearchImage, seed: int = 1) -> NearestNeighbours:
    """A field of random sources with the right costs."""
    y, x = np.nonzero(seen.sources)
    drawn = np.random.default_rng(seed).integers(0, len(y), len(seen.y))
    field = NearestNeighbours(
        y[drawn].astype(np.int32), x[drawn].astype(np.int32), np.zeros(len(drawn), np.int32)
    )
    measure(seen, field, 0, len(drawn))
    return field


def copied(field: NearestNeighbours) -> NearestNeighbours:
    return NearestNeighbours(*(part.copy() for part in field))


def patch(array: NDArray[np.uint8], y: int, x: int) -> NDArray[np.int64]:
    return array[y - RADIUS : y + RADIUS + 1, x - RADIUS : x + RADIUS + 1].astype(np.int64)


def costs(seen: SearchImage, field: NearestNeighbours) -> NDArray[np.int64]:
    """The distances as the book has them."""
    found = []
    for y, x, from_y, from_x in zip(seen.y, seen.x, field.y, field.x, strict=True):
        gap = patch(seen.image, y, x) - patch(seen.image, from_y, from_x)
        found.append((gap * gap * patch(seen.weight, y - seen.top, x - seen.left)).sum())
    return np.array(found)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_distances_are_weighted_sums_of_squares(channels: int) -> None:
    seen = scene(noise(channels=channels))
    field = scattered(seen)
    assert (field.cost == costs(seen, field)).all()


def test_only_the_part_is_measured() -> None:
    seen = scene(noise())
    field = scattered(seen)
    right = field.cost.copy()
    field.cost[:] = -1
    measure(seen, field, 10, 50)
    assert (field.cost[10:50] == right[10:50]).all()
    assert (np.delete(field.cost, range(10, 50)) == -1).all()


def test_a_source_costs_what_the_way_there_does() -> None:
    seen = scene(noise())
    field = scattered(seen)
    mass = np.arange(1, len(seen.y) + 1, dtype=np.float32)
    measure(seen._replace(mass=mass, down=2.0, across=0.5), paid := scattered(seen), 0, len(seen.y))
    way = 2.0 * np.square(field.y - seen.y) + 0.5 * np.square(field.x - seen.x)
    assert (paid.cost - field.cost == (mass * way).astype(np.int32)).all()


def test_a_way_that_costs_much_is_not_gone() -> None:
    seen = scene(noise())
    near, far = scattered(seen), scattered(seen)
    bound = seen._replace(down=1e5)
    measure(bound, near, 0, len(seen.y))
    for number in range(6):
        for image, field in ((bound, near), (seen, far)):
            before = NearestNeighbours(*(part.copy() for part in field))
            search(image, field, before, (0, len(seen.y)), (1 if number % 2 == 0 else -1, 32, number))
    assert np.abs(near.y - seen.y).mean() < 0.5 * np.abs(far.y - seen.y).mean()


def test_what_has_no_weight_counts_nothing() -> None:
    seen = scene(noise())
    seen.weight[:, 5] = 0
    field = scattered(seen)
    before = field.cost.copy()
    column = seen.left + 5
    used = np.abs(field.x - column) > RADIUS  # a source there is seen, whatever the target's weights are
    seen.image[:, column] = 255 - seen.image[:, column]
    measure(seen, field, 0, len(field.y))
    assert used.sum() > 20
    assert (field.cost[used] == before[used]).all()


def test_black_against_white_at_full_weight_does_not_overflow() -> None:
    side = 9
    image = np.zeros((side, 2 * side, 4), np.uint8)
    image[:, side:] = 255
    order = np.full((side, side), -1, np.int32)
    order[4, 4] = 0
    sources = np.zeros((side, 2 * side), np.bool_)
    one = np.array([4], np.int32)
    weight = np.full((side, side, 4), 16, np.uint8)
    field = NearestNeighbours(one.copy(), np.array([13], np.int32), np.zeros(1, np.int32))
    no = np.zeros(1, np.bool_)
    measure(search_image(image, weight, 0, 0, sources, 4, one, one.copy(), order, no, no), field, 0, 1)
    assert field.cost[0] == 81 * 4 * 255**2 * 16


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("upward", [True, False])
def test_the_usual_patch_has_a_way_of_its_own_and_the_same_distance(plain: bool, upward: bool) -> None:
    random = np.random.default_rng(3)
    image = random.integers(0, 256, (9, 30, 4)).astype(np.uint8)
    weight = np.ones((9, 9, 4), np.uint8) if plain else random.integers(0, 17, (9, 9, 4)).astype(np.uint8)
    order = np.full((9, 9), -1, np.int32)
    centre, source = np.array([4], np.int32), np.array([20], np.int32)
    field = NearestNeighbours(centre.copy(), source, np.zeros(1, np.int32))
    flags = np.array([plain]), np.array([upward])
    measure(
        search_image(image, weight, 0, 0, image[..., 0] > 0, 4, centre, centre, order, *flags), field, 0, 1
    )
    gap = image[:, :9].astype(np.int64) - image[:, 16:25]
    assert field.cost[0] == (gap * gap * weight).sum()


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("reach", [0, 3, 64])
def test_a_pass_never_makes_anything_worse(step: int, reach: int) -> None:
    seen = scene(noise())
    field = scattered(seen)
    before = copied(field)
    search(seen, field, before, (0, len(field.y)), (step, reach, 7))
    assert (field.cost <= before.cost).all()
    assert (field.cost < before.cost).any()
    assert (field.cost == costs(seen, field)).all(), "the costs are of other sources"
    assert seen.sources[field.y, field.x].all()


def test_a_pass_leaves_other_parts_alone() -> None:
    seen = scene(noise())
    field = scattered(seen)
    before = copied(field)
    search(seen, field, before, (40, 90), (1, 64, 7))
    outside = np.delete(np.arange(len(field.y)), range(40, 90))
    for now, then in zip(field, before, strict=True):
        assert (now[outside] == then[outside]).all()
    assert (field.cost[40:90] < before.cost[40:90]).any()


def twin() -> tuple[SearchImage, tuple[int, int]]:
    """What lies in and round the hole lies once more at (down, right) = (8, -25)."""
    image, shift = noise(), (8, -25)
    reach = 2 * RADIUS
    around = image[HOLE.top - reach : HOLE.bottom + reach, HOLE.left - reach : HOLE.right + reach]
    top, left = HOLE.top - reach + shift[0], HOLE.left - reach + shift[1]
    image[top : top + around.shape[0], left : left + around.shape[1]] = around.copy()
    return scene(image), shift


def test_a_far_exact_copy_is_found() -> None:
    seen, (down, right) = twin()
    field = scattered(seen)
    for number in range(20):
        search(seen, field, field, (0, len(field.y)), (1 if number % 2 == 0 else -1, 64, number))
    assert (field.cost == 0).all()
    assert (field.y - seen.y == down).all()
    assert (field.x - seen.x == right).all()


@pytest.mark.parametrize(("step", "first"), [(1, 0), (-1, -1)])
def test_a_good_source_runs_through_the_part_in_search(step: int, first: int) -> None:
    seen, (down, right) = twin()
    field = scattered(seen)
    field.y[first], field.x[first] = seen.y[first] + down, seen.x[first] + right
    measure(seen, field, 0, len(field.y))
    search(seen, field, field, (0, len(field.y)), (step, 0, 0))
    assert (field.cost == 0).all()


def test_a_source_that_is_not_allowed_is_not_taken_however_good() -> None:
    seen, (down, right) = twin()
    seen.sources[seen.y + down, seen.x + right] = False
    field = scattered(seen)
    for number in range(20):
        search(seen, field, field, (0, len(field.y)), (1, 64, number))
    assert seen.sources[field.y, field.x].all()
    assert (field.cost > 0).all()


@pytest.mark.parametrize("fresh", ["before", "field"])
def test_another_part_is_read_as_it_was_and_the_own_as_it_is(fresh: str) -> None:
    seen, (down, right) = twin()
    last = len(seen.y) - 1
    field = scattered(seen)
    before = copied(field)
    good = before if fresh == "before" else field
    good.y[last - 1], good.x[last - 1] = seen.y[last - 1] + down, seen.x[last - 1] + right
    measure(seen, field, 0, last + 1)
    part = (last, last + 1) if fresh == "before" else (last - 1, last + 1)
    search(seen, field, before, part, (1, 0, 0))
    assert field.cost[last] == 0


def lone(image: Planes) -> SearchImage:
    """One target in the middle; everything else may be copied."""
    return scene(image, Box(30, 20, 31, 21), np.zeros((HEIGHT, WIDTH), np.bool_))


def tried(reach: int, salt: int) -> tuple[int, int]:
    """Where the source of a lone target moves in one pass, from (20, 15): the farther right, the better."""
    seen = lone(np.broadcast_to(np.arange(WIDTH, dtype=np.uint8)[:, None], (HEIGHT, WIDTH, 4)).copy())
    field = NearestNeighbours(np.array([20], np.int32), np.array([15], np.int32), np.zeros(1, np.int32))
    measure(seen, field, 0, 1)
    search(seen, field, field, (0, 1), (1, reach, salt))
    return int(field.y[0]) - 20, int(field.x[0]) - 15


def test_no_reach_tries_nothing() -> None:
    assert {tried(0, salt) for salt in range(50)} == {(0, 0)}


def test_random_tries_lie_within_reach_on_all_sides() -> None:
    moves = np.array([tried(4, salt) for salt in range(100)])
    assert np.abs(moves).max() <= 4 + 2 + 1
    assert len({tuple(move) for move in moves.tolist()}) > 20, "the salt changes nothing"
    assert moves[:, 1].max() >= 4
    assert moves[:, 0].min() <= -3
    assert moves[:, 0].max() >= 3


def test_a_pixel_that_is_no_target_is_no_neighbour() -> None:
    seen = scene(noise(), Box(30, 12, 32, 13))
    seen.order[seen.order == 1] = -1  # a number below 0 must not be read as "from the end"
    field = scattered(seen)
    field.y[1], field.x[1] = 30, 30
    seen.image[28:33, 29:34] = seen.image[
        10:15, 28:33
    ]  # what is right of the last source fits the first target
    measure(seen, field, 0, 2)
    before = copied(field)
    search(seen, field, before, (0, 1), (1, 0, 0))
    assert (field.y[0], field.x[0]) == (before.y[0], before.x[0])


def voted(
    seen: SearchImage, field: NearestNeighbours, share: NDArray[np.float32], wanted: Hole, radius: int
) -> Planes:
    """The colours as the book has them."""
    height, width = wanted.shape
    total, shares = np.zeros((height, width, seen.image.shape[2])), np.zeros((height, width))
    for i in range(len(field.y)):
        for down in range(-radius, radius + 1):
            for right in range(-radius, radius + 1):
                row, column = seen.y[i] - seen.top + down, seen.x[i] - seen.left + right
                if 0 <= row < height and 0 <= column < width:
                    total[row, column] += share[i] * seen.image[field.y[i] + down, field.x[i] + right]
                    shares[row, column] += share[i]
    out = seen.image.copy()
    chosen = wanted & (shares > 0)
    part = out[seen.top : seen.top + height, seen.left : seen.left + width]
    part[chosen] = np.floor(total[chosen] / shares[chosen][:, None] + 0.5)
    return out


@pytest.mark.parametrize("radius", [0, 1, RADIUS])
@pytest.mark.parametrize("cut", [None, 9])
def test_votes_are_weighted_means(radius: int, cut: int | None) -> None:
    seen = scene(noise())
    field = scattered(seen)
    share = np.random.default_rng(3).uniform(0.1, 5, len(field.y)).astype(np.float32)
    height, width = seen.order.shape
    wanted = np.random.default_rng(4).random((height, width)) < 0.7
    out = seen.image.copy()
    for start, stop in [(0, height)] if cut is None else [(0, cut), (cut, height)]:
        vote_in(seen, field, share, wanted, (start, stop, radius), out)
    right = voted(seen, field, share, wanted, radius)
    assert np.abs(out.astype(int) - right).max() <= 1, "more than a rounding apart"
    assert (out != right).mean() < 1e-3
    window = Box(seen.left, seen.top, seen.left + width, seen.top + height)
    outside = np.ones((HEIGHT, WIDTH), np.bool_)
    outside[window.slices] = ~wanted
    assert (out[outside] == seen.image[outside]).all(), "more is coloured than is wanted"


def test_white_stays_white() -> None:
    seen = scene(np.full((HEIGHT, WIDTH, 4), 255, np.uint8))
    field = scattered(seen)
    share = np.full(len(field.y), 0.1, np.float32)
    vote_in(seen, field, share, seen.order >= 0, (0, seen.order.shape[0], RADIUS), seen.image)
    assert (seen.image == 255).all()
