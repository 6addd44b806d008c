"""Inpainters that are networks: structure from the network, texture, tone and grain from the photo.

A network sees a small picture of the crop. What it makes of it is the prior of a PatchMatch fill.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import CleanplateError, EngineFailed
from cleanplate.fill.base import FillJob, Holes, InpainterFacts, Prior
from cleanplate.fill.inpainters.patchmatch import INPAINTER as PATCHMATCH
from cleanplate.fill.smooth_prior import soft_picture
from cleanplate.pixels import masks
from cleanplate.pixels.letterbox import Letterbox, letterbox
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.card import Card

CROP_MS = 4000.0
"""About what LaMa takes for a crop on two cores; others are quicker."""
MARGIN_PX = 8
"""A network makes so many pixels round the hole too, of those it sees; their tone says how its own is off."""
FIRST_SIDE_PX = 64
"""Of what there is to see before the network has run."""

Structure: TypeAlias = Callable[[FillJob], Rgb8]
"""What the network makes of a crop: (H, W, 3) uint8. The hole of its job is all that it must not see, and
nothing in it is excluded. May raise anything."""


@dataclass(frozen=True, slots=True)
class NetworkInpainter:
    """An inpainter by a network.

    Attributes:
        card: of the network; its `side_px` is the side of the picture that it sees.
        structure: runs it.
        rank, holes: as `InpainterFacts` has them.
        crop_ms: about what it takes for a crop, on two cores; a deadline and `fast` ask for that.
    """

    card: Card
    structure: Structure
    rank: int = 0
    holes: Holes = "any"
    crop_ms: float = CROP_MS

    @property
    def facts(self) -> InpainterFacts:
        """Its card's, with a crop as large as what it sees where there is so much."""
        return InpainterFacts(
            name=self.card.name,
            summary=self.card.summary,
            rank=self.rank,
            holes=self.holes,
            least_px=self.card.side_px,
            card=self.card,
        )

    def missing(self, runtime: Runtime) -> str:
        """Why its network cannot run here and what to type, or ""."""
        return self.card.missing(runtime)

    def predict_ms(self, hole_px: int, fast: bool) -> float:
        """The network, and then PatchMatch."""
        return self.crop_ms + PATCHMATCH.predict_ms(hole_px, fast)

    def fill(self, job: FillJob) -> Rgb8:
        """Structure by the network; tone, grain and, where it sees a crop shrunk, texture from the photo."""
        job.preview(1 / 3, lambda: soft_picture(job, FIRST_SIDE_PX))
        prior = self._prior(job)
        job.preview(2 / 3, lambda: prior.rgb)
        return PATCHMATCH.fill(
            replace(
                job,
                prior=prior,
                progress=lambda done: job.progress((1 + done) / 2),
                preview=lambda done, draw: job.preview((2 + done) / 3, draw),
            )
        )

    def _prior(self, job: FillJob) -> Prior:
        """What the network makes of the crop.

        Raises:
            EngineFailed: it failed, in whatever way; what `job.progress` raises comes through as it is.
        """
        stops: list[Exception] = []

        def report(done: float) -> None:
            try:
                job.progress(done / 2)
            except Exception as stop:
                stops.append(stop)
                raise

        side_px = self.card.side_px or max(job.hole.shape)
        hole = _with_margin(job.hole | job.excluded, side_px)
        try:
            made = self.structure(replace(job, hole=hole, excluded=np.zeros_like(hole), progress=report))
        except CleanplateError:
            raise
        except Exception as error:
            if error in stops:
                raise
            log = f"{self.card.name}: {type(error).__name__}: {error}"
            raise EngineFailed(f"the model {self.card.name} failed", log=log) from error
        from cleanplate.models.roles import array_fault  # only who has a network waits for these
        from cleanplate.models.run_model import check_result

        check_result(self.card.name, array_fault(made, job.rgb.shape, np.uint8))
        return Prior(made, side_px)


def _with_margin(closed: Hole, side_px: int) -> Hole:
    """What the network is to make; no more than the hole when otherwise it would see nothing."""
    scale = max(1.0, max(closed.shape) / side_px)
    wider = masks.dilate(closed, ceil(MARGIN_PX * scale))
    return closed if wider.all() else wider


def structure_by_graph(
    job: FillJob,
    card: Card,
    inputs: Callable[[Letterbox], Mapping[str, NDArray[Any]]],
) -> Rgb8:
    """What an ONNX graph makes that sees a square of `card.side_px`; beyond the hole the crop's own.

    Args:
        card: its first file is the graph.
        inputs: a letterboxed crop -> the graph's inputs by name. Its first output is (1, 3, side, side) of
            0..255.

    Raises:
        EngineFailed: the graph cannot be loaded, or failed.
    """
    from cleanplate.weights.card_graph import run_graph

    job.progress(0.0)
    frame = letterbox(job.rgb, job.hole, most_px=card.side_px, least_px=card.side_px)
    planes = run_graph(card, inputs(frame), job.runtime, job.progress)[0][0]
    job.progress(1.0)
    made = frame.back(np.clip(np.rint(planes), 0, 255).astype(np.uint8).transpose(1, 2, 0))
    return np.where(job.hole[..., None], made, job.rgb)
