"""What a fill has to show on its way: patches, and the picture that they make."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cleanplate.compositing.paste import Patch, paste
from cleanplate.edits.base import Preview
from cleanplate.pixels.types import Alpha, Box, Pixels, Rgb8

PreviewPatches: TypeAlias = Callable[[float, Callable[[], Sequence[Patch]]], None]
"""Told how far from coarse to fine the fill of all holes is, 0..1, and what gives its patches as they are."""


def unseen(done: float, patches: Callable[[], Sequence[Patch]]) -> None:
    """The `PreviewPatches` of somebody who does not watch."""


def pasted(preview: Preview, pixels: Pixels, finished: Callable[[Pixels], Pixels]) -> PreviewPatches:
    """Shows the patches in the picture, `finished` as the result will be."""
    return lambda done, patches: preview(done, lambda: finished(paste(pixels, patches())))


@dataclass(frozen=True, slots=True)
class GroupPreview:
    """Of one group of holes: those before it are done, and those behind it show what was there.

    Attributes:
        tell: of all holes.
        number, count: of the group, from 0, and of all groups.
        before: the patches of those that are done.
    """

    tell: PreviewPatches
    number: int
    count: int
    before: Sequence[Patch]

    def show(self, box: Box, alpha: Alpha, done: float, draw: Callable[[], Rgb8]) -> None:
        """The crop of this group as it is."""
        share = (self.number + done) / self.count
        self.tell(share, lambda: [*self.before, Patch(box, draw(), alpha)])
