"""Moderation: pictures that are not fit to be shown end their task. Off unless the operator turns it on."""

from dataclasses import dataclass
from typing import Final

from cleanplate.compositing.paste import flatten
from cleanplate.errors import InputRefused, OutputRefused, SetupError
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import ModerateJob
from cleanplate.models.roles import MODERATE
from cleanplate.models.run_model import run_model
from cleanplate.pixels.types import Pixels
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import Settings


@dataclass(frozen=True, slots=True)
class Moderation:
    """What is looked at.

    Attributes:
        inputs, outputs: the picture that came, and each that was made.
        threshold: 0..1; a picture of which the model is at least this sure is refused.
    """

    inputs: bool = False
    outputs: bool = False
    threshold: float = 0.5

    def admit(self, pixels: Pixels, runtime: Runtime) -> None:
        """Look at a picture that came.

        Raises:
            InputRefused: it is not fit to be shown.
            EngineFailed: the model failed: what cannot be looked at does not pass.
        """
        if self.inputs and self._hits(pixels, runtime):
            raise InputRefused("the picture may contain inappropriate content")

    def release(self, pixels: Pixels, runtime: Runtime) -> None:
        """Look at a picture that was made. Raises `OutputRefused`, and `EngineFailed` as `admit` does."""
        if self.outputs and self._hits(pixels, runtime):
            raise OutputRefused("the result may contain inappropriate content")

    def _hits(self, pixels: Pixels, runtime: Runtime) -> bool:
        seen = flatten(pixels)  # the colours under what is transparent are nobody's business
        job = ModerateJob(rgb=seen.rgb, runtime=runtime)
        return run_model(MODERATE, job).made >= self.threshold


NO_MODERATION: Final = Moderation()


def moderation(settings: Settings, runtime: Runtime) -> Moderation:
    """As the settings say.

    Raises:
        SetupError: it is on, and no model can do it here.
    """
    wanted = settings.moderation
    if wanted != "off" and (why := missing(MODERATE, runtime)):
        raise SetupError(f"CLEANPLATE_MODERATION: {why}")
    return Moderation(
        wanted in ("inputs", "both"), wanted in ("outputs", "both"), settings.moderation_threshold
    )
