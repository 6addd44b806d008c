"""What a model of diffusers is: which class, which weights, and how it is called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cleanplate.models.roles import RoleName
from cleanplate.weights.card import Card
from cleanplate.weights.hub import HubRepo

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

STEP_PX: Final = 16
"""Latents are packed two by two, each 8 px wide."""


@dataclass(frozen=True, slots=True)
class PipelineInput:
    """One call of a pipeline, in a size that it takes, for one picture or several.

    Attributes:
        images: RGB, of one size; both sides are multiples of `STEP_PX`.
        masks: of the same size, 255 = repaint.
        prompts, negative_prompts, generators: one for each picture, as the masks.
        strength: above 0 up to 1: how much of the noise the pictures are begun with.
        on_step: for `callback_on_step_end`; raises when nobody wants the rest.
    """

    images: "list[Image]"
    masks: "list[Image]"
    prompts: list[str]
    negative_prompts: list[str]
    strength: float
    generators: "list[torch.Generator]"
    on_step: Callable[..., dict[str, Any]]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of each picture."""
        return self.images[0].size


Call: TypeAlias = Callable[[Any, PipelineInput], "list[Image]"]
"""(pipeline, input) -> the pictures that it made, in the size of its input."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A model of diffusers.

    Attributes:
        name, licence, summary, memory_bytes, gpu: as `weights.card.Card` has them.
        roles: names of what it can do.
        rank: as `models.base.Model` has it.
        kind: name of the class in diffusers.
        call: runs it.
        steps: of denoising.
        hub: its weights.
        variant: of the weight files, as "fp16"; "" takes those without one.
        needs: what must be installed beside torch, diffusers and transformers.
        least_px, most_px: side of a square with the least and the most pixels it works with.
        instructed: it understands what to do; otherwise it reads what the picture shows, and nothing else.
        batch_limit, batch_bytes: as `weights.card.Card` has them.
    """

    name: str
    roles: frozenset[RoleName]
    licence: str
    summary: str
    kind: str
    call: Call
    steps: int
    hub: tuple[HubRepo, ...] = ()
    memory_bytes: int = 0
    rank: int = 0
    gpu: bool = True
    variant: str = ""
    needs: tuple[str, ...] = ()
    least_px: int = 512
    most_px: int = 1024
    instructed: bool = True
    batch_limit: int = 1
    batch_bytes: int = 0

    @property
    def card(self) -> Card:
        """What is known of its weights."""
        return Card(
            name=self.name,
            licence=self.licence,
            summary=self.summary,
            hub=self.hub,
            needs=("torch", "diffusers", "transformers", "accelerate", *self.needs),
            extra="torch",
            size=f"any; it works with {self.least_px}² to {self.most_px}² pixels",
            memory_bytes=self.memory_bytes,
            batch_limit=self.batch_limit,
            batch_bytes=self.batch_bytes,
            gpu=self.gpu,
        )
