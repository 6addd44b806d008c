"""One size of the pyramid: the targets, their nearest-neighbour field, and the colours it votes for."""

from collections.abc import Callable, Iterator
from math import inf
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.compiled import lent
from cleanplate.fill.patchmatch import pyramid
from cleanplate.fill.patchmatch.kernels import NearestNeighbours, SearchImage, measure, search, vote
from cleanplate.fill.patchmatch.layers import NOWHERE, Layers
from cleanplate.fill.patchmatch.pyramid import Planes, PyramidImage
from cleanplate.pixels import geometry
from cleanplate.pixels.types import Alpha, Box, Hole
from cleanplate.runtime.threads import cuts, each

KNOWN_WEIGHT = 16
"""What a known pixel counts in a distance; 9 * 9 * 4 differences of 255 squared still fit into 32 bits."""
DECAY = 2.0
"""The usual one, see `PyramidLevel`: known pixels count most."""
EVEN_VOTE_POWER = 0.5
"""Power of the vote: close to a mean, which keeps transitions smooth; trust decides more than likeness."""
DEEPEST_PX = 30.0
"""Beyond this depth all pixels are trusted alike."""
DRAWN_DEPTH_PX = 0.5
NOISE = 20.0
"""Mean squared difference below which patches are equally good."""
FEWEST_TARGETS = 800
"""A part with fewer is not worth a thread."""
FEWEST_CARRIED = 20_000
"""The same where less is done with each."""
AT_ONCE = 1 << 20
"""Targets that are worked on at a time where each takes many bytes on the way."""

_Places: TypeAlias = NDArray[np.int32]
"""(N,) rows or columns."""


class PyramidLevel:
    """The state of the fill at one size.

    Attributes:
        planes: (H, W, 4) uint8, the picture with the fill as it is now.
        window: the part of the picture that target patches cover.
        targets: how many there are.
        stays: there are too many to measure or to search.
        voted: the hole has the colours that its patches' sources vote for now.
        scene, field: for the kernels.
    """

    def __init__(
        self,
        step: PyramidImage,
        radius_px: int,
        random: np.random.Generator,
        drawn: Hole | None = None,
        largest: float = inf,
        decay: float = DECAY,
    ) -> None:
        """Args:
        drawn: (H, W), what of the hole is as good as known.
        largest: with more targets it stays as it is given: it can carry and vote, but not measure or search,
            and has nothing in memory for that.
        decay: a hole pixel counts this much less for each pixel it lies deeper: known pixels count most.
        """
        self.radius_px = radius_px
        self.window = _window(step.hole, radius_px)
        self.hole = np.ascontiguousarray(step.hole[self.window.slices])
        self.random = random
        depth = _depth(self.hole)
        if drawn is not None:
            depth = np.where(drawn[self.window.slices], np.minimum(depth, DRAWN_DEPTH_PX), depth).astype(
                np.float32
            )
        near = _near(step, self.window, radius_px)
        self.targets = int(np.count_nonzero(near))
        self.stays = self.targets > largest
        self.voted = False
        self.planes: Planes = step.planes if self.stays else step.planes.copy()
        self._trust = _trust(depth[near], decay)
        weight = None if self.stays else _weights(depth, step.excluded[self.window.slices], decay)
        self._counted = np.empty(0, np.float32) if weight is None else _counted(weight, near, radius_px)
        self.scene = self._scene(step, near, weight)
        self.field = NearestNeighbours(*(np.zeros(self.targets, np.int32) for _ in range(3)))
        self._given = self.scene, self.field, lent(self.scene), lent(self.field)

    def _scene(self, step: PyramidImage, near: Hole, weight: NDArray[np.uint8] | None) -> SearchImage:
        y, x, order = _targets(near, self.window)
        channels = self.planes.shape[2]
        if weight is None:
            weights, plain = np.empty((0, 0, channels), np.uint8), np.empty(0, np.bool_)
            upward = plain
        else:
            weights = np.asarray(cv2.merge([weight] * channels), np.uint8)
            plain, upward = _even(weight, self.radius_px)[near], _heavy_below(weight, self.radius_px)[near]
        return SearchImage(
            image=self.planes,
            weight=weights,
            pixels=self.planes.reshape(-1),
            weights=weights.reshape(-1),
            top=self.window.top,
            left=self.window.left,
            sources=pyramid.sources(step, self.radius_px),
            radius=self.radius_px,
            y=y,
            x=x,
            order=order,
            plain=plain,
            upward=upward,
            mass=self._counted * np.float32(channels),
        )

    def charge(self, layers: Layers) -> None:
        """Have a source cost something by how far up, down or to the side it lies."""
        height, width = self.planes.shape[:2]
        self.scene = self.scene._replace(down=layers.down / height**2, across=layers.across / width**2)

    def mismatch(self) -> float:
        """How far targets are from their sources on the whole, whatever the way there costs: mean square."""
        self.charge(NOWHERE)
        self.measure()
        return float((self.field.cost / np.maximum(self.scene.mass, 1)).mean())

    def follow(self, planes: Planes) -> None:
        """Look for what is like `planes`, (H, W, 4), but for texture: a soft prior knows nothing of it."""
        self.planes[:] = planes
        self.scene.weight[self.hole, 3] = 0

    def copy_from(self, planes: Planes) -> None:
        """Colour the hole with what was found, from `planes`, (H, W, 4)."""
        self.planes[:] = planes
        self.vote(0)

    def scatter(self) -> None:
        """Begin with random sources."""
        self.field.y[:], self.field.x[:] = self._sources(self.targets)
        self.measure()

    def carry(self, coarser: "PyramidLevel") -> None:
        """Begin with the sources of a level of half the size."""
        found: dict[int, NDArray[np.intp]] = {}

        def work(part: tuple[int, int]) -> None:
            found[part[0]] = self._carry(coarser, slice(*part))

        parts = cuts(self.targets, FEWEST_CARRIED, most=max(16, self.targets // AT_ONCE))
        each(work, parts)
        lost = np.concatenate([found[start] for start, _ in parts])
        self.field.y[lost], self.field.x[lost] = self._sources(len(lost))

    def _carry(self, coarser: "PyramidLevel", part: slice) -> NDArray[np.intp]:
        """The numbers of those of the targets `part` that found no source."""
        y, x = self.scene.y[part], self.scene.x[part]
        there = coarser.scene
        k = there.order[coarser.nearest(y // 2, 0) - there.top, coarser.nearest(x // 2, 1) - there.left]
        source_y = y + 2 * (coarser.field.y[k] - there.y[k])
        source_x = x + 2 * (coarser.field.x[k] - there.x[k])
        lost = np.flatnonzero((k < 0) | ~self._can_copy(source_y, source_x))
        source_y[lost], source_x[lost] = 2 * coarser.field.y[k[lost]], 2 * coarser.field.x[k[lost]]
        lost = lost[(k[lost] < 0) | ~self._can_copy(source_y[lost], source_x[lost])]
        self.field.y[part], self.field.x[part] = source_y, source_x
        return np.asarray(lost + part.start, np.intp)

    def nearest(self, places: _Places, axis: int) -> _Places:
        """The rows (axis 0) or columns (axis 1) of centres next to these: a patch lies within the picture."""
        length, radius_px = self.planes.shape[axis], self.radius_px
        first, last = ((self.window.top, self.window.bottom), (self.window.left, self.window.right))[axis]
        return np.clip(places, max(first, radius_px), min(last, length - radius_px) - 1)

    def measure(self) -> None:
        each(lambda part: measure(*self._lent(), *part), self._parts())

    def search(self, passes: int, reach_px: int, salt: int) -> None:
        """Better sources: `passes` over all targets, from the upper left and the lower right in turn.

        Args:
            reach_px: how far random tries go.
            salt: chooses the random numbers.
        """
        self.voted = False
        parts = self._parts()
        for number in range(passes):
            alone = len(parts) == 1
            before = self.field if alone else NearestNeighbours(*(array.copy() for array in self.field))
            way = 1 if number % 2 == 0 else -1
            mixed = (salt * 977 + number * 7919) % 2**32
            each(_searching(*self._lent(), lent(before), (way, reach_px, mixed)), parts)

    def vote(
        self,
        power: float,
        wanted: Hole | None = None,
        out: Planes | None = None,
        reach_px: int | None = None,
    ) -> None:
        """Colour the hole by its patches' sources.

        Args:
            power: 0 gives every patch the same say; the higher, the more the better ones have.
            wanted: (h, w) of the window, the pixels to colour; by default the hole.
            out: (H, W, 4) to write to; by default the level's own planes.
            reach_px: how far from its centre a patch has a say; by default all over it.
        """
        self.voted |= wanted is None and out is None
        share = self._shares(power)
        chosen, target = (self.hole if wanted is None else wanted), (self.planes if out is None else out)
        reach = self.radius_px if reach_px is None else min(reach_px, self.radius_px)

        width, channels = chosen.shape[1], self.planes.shape[2]

        def work(rows: tuple[int, int]) -> None:
            count = (rows[1] - rows[0]) * width
            room = np.zeros(count * channels, np.float32), np.zeros(count, np.float32)
            vote(*self._lent(), share, chosen, (*rows, reach), room, target)

        each(work, cuts(self.window.height, max(16, FEWEST_TARGETS // self.window.width)))

    def _shares(self, power: float) -> NDArray[np.float32]:
        """(N,), how much each target has to say."""
        share = np.empty(self.targets, np.float32)
        for part in _slices(self.targets):
            share[part] = self._quality(part, power) * self._trust[part]
        return share

    def _quality(self, part: slice, power: float) -> NDArray[np.floating]:
        """(N,) of the targets `part`, the better the higher; one number where nothing was measured."""
        if self.stays:
            return np.full(1, NOISE) ** -power
        mean = self.field.cost[part] / self._counted[part]
        return np.asarray((mean + np.float32(NOISE)) ** np.float32(-power))

    def _lent(self) -> tuple[SearchImage, NearestNeighbours]:
        """Scene and field as they are given to kernels: looked at anew where one of them is another."""
        scene, field, *_ = self._given
        if scene is not self.scene or field is not self.field:
            self._given = self.scene, self.field, lent(self.scene), lent(self.field)
        return self._given[2:]

    def _parts(self) -> list[tuple[int, int]]:
        return cuts(self.targets, FEWEST_TARGETS)

    def _can_copy(self, y: _Places, x: _Places) -> Hole:
        """(N,), which of these places are sources."""
        height, width = self.scene.sources.shape
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        found = self.scene.sources[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
        return np.asarray(inside & found, np.bool_)

    def _sources(self, count: int) -> tuple[_Places, _Places]:
        """`count` random sources."""
        if not count:
            return np.empty(0, np.int32), np.empty(0, np.int32)
        places = np.flatnonzero(self.scene.sources)
        y, x = np.divmod(places[self.random.integers(0, len(places), count)], self.scene.sources.shape[1])
        return y.astype(np.int32), x.astype(np.int32)


def _searching(
    scene: SearchImage, field: NearestNeighbours, before: NearestNeighbours, how: tuple[int, int, int]
) -> Callable[[tuple[int, int]], None]:
    return lambda part: search(scene, field, before, part, how)


def _window(hole: Hole, radius_px: int) -> Box:
    box = geometry.bounds(hole)
    if box is None:
        raise AssertionError("a level without a hole")
    return geometry.grow(box, 2 * radius_px, hole.shape[1], hole.shape[0])


def _depth(hole: Hole) -> Alpha:
    """(h, w) float32, pixels to the nearest one outside the hole."""
    return np.asarray(cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3), np.float32)


def _weights(depth: Alpha, excluded: Hole, decay: float) -> NDArray[np.uint8]:
    """(h, w), what each pixel of a target patch counts."""
    weight = np.maximum(np.rint(KNOWN_WEIGHT * decay ** -np.minimum(depth, DEEPEST_PX)), 1).astype(np.uint8)
    weight[excluded] = 0
    return weight


def _even(weight: NDArray[np.uint8], radius_px: int) -> Hole:
    """(h, w), True where all weights of the patch are 1."""
    odd = (weight != 1).astype(np.uint8)
    return np.asarray(cv2.dilate(odd, np.ones((2 * radius_px + 1,) * 2, np.uint8)) == 0, np.bool_)


def _heavy_below(weight: NDArray[np.uint8], radius_px: int) -> Hole:
    """(h, w), True where the lower half of the patch weighs more than the upper."""
    rows = np.sign(np.arange(-radius_px, radius_px + 1, dtype=np.float32))
    lean = cv2.sepFilter2D(weight, cv2.CV_32F, np.ones(2 * radius_px + 1, np.float32), rows)
    return np.asarray(lean > 0, np.bool_)


def _near(step: PyramidImage, window: Box, radius_px: int) -> Hole:
    """(h, w) of the window, the centres whose patch lies in the picture and covers a hole pixel."""
    side = 2 * radius_px + 1
    near = cv2.dilate(step.hole[window.slices].astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    height, width = step.hole.shape
    rows = np.arange(window.top, window.bottom)
    columns = np.arange(window.left, window.right)
    near &= ((rows >= radius_px) & (rows < height - radius_px))[:, None]
    near &= (columns >= radius_px) & (columns < width - radius_px)
    return np.asarray(near, np.bool_)


def _targets(near: Hole, window: Box) -> tuple[_Places, _Places, _Places]:
    """Rows, columns and order of the targets, which are flagged in the window."""
    counts = np.count_nonzero(near, axis=1)
    y = np.repeat(np.arange(window.top, window.bottom, dtype=np.int32), counts)
    columns = np.arange(window.left, window.right, dtype=np.int32)
    order = np.full(near.shape, -1, np.int32)
    order[near] = np.arange(len(y), dtype=np.int32)
    return y, np.broadcast_to(columns, near.shape)[near], order


def _counted(weight: NDArray[np.uint8], near: Hole, radius_px: int) -> NDArray[np.float32]:
    """(N,), the sum of the weights of each target patch, at least 1."""
    side = (2 * radius_px + 1,) * 2
    sums = cv2.boxFilter(weight, cv2.CV_32F, side, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.maximum(sums[near], 1)


def _trust(depth: Alpha, decay: float) -> Alpha:
    """The less the deeper. In place."""
    np.minimum(depth, DEEPEST_PX, out=depth)
    np.negative(depth, out=depth)
    return np.power(np.float32(decay), depth, out=depth)


def _slices(count: int) -> Iterator[slice]:
    """At least one: so many things in parts, so that intermediate results stay small."""
    for start in range(0, max(count, 1), AT_ONCE):
        yield slice(start, start + AT_ONCE)
