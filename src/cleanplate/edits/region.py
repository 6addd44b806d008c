"""Words to region: what a phrase such as "the watermark" or "the dog on the left" means in a picture."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from cleanplate.errors import BadInput, BadParameter
from cleanplate.imaging.types import Alpha, Rgb8
from cleanplate.models.base import ModelJob, Role
from cleanplate.models.play import play

_WRITING = re.compile(
    r"\b(text|texts|writing|words|letters|lettering|caption|captions|subtitle|subtitles|watermark|watermarks|"
    r"logo text|signature)\b|文字|水印|字幕",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Region:
    """What was found.

    Attributes:
        alpha: (H, W) float32 in [0, 1], 1 = it.
        facts: name and hash of the model that found it, for recipes.
    """

    alpha: Alpha
    facts: dict[str, str]


def role_for(phrase: str) -> Role:
    """Who finds it: writing has a detector of its own."""
    return "find-text" if _WRITING.search(phrase) else "find"


def region(rgb: Rgb8, phrase: str, seed: int, progress: Callable[[float], None]) -> Region:
    """Where in the picture the phrase points.

    Args:
        rgb: (H, W, 3) uint8, sRGB.
        phrase: English or Chinese words.
        progress: called with the share done, 0..1.

    Raises:
        BadInput: nothing in the picture is what the phrase says.
        BadParameter: the phrase is empty.
        EngineFailed: nothing that can look for it is installed, or it failed.
    """
    if not phrase.strip():
        raise BadParameter("find: it is empty")
    found = play(role_for(phrase), ModelJob(rgb=rgb, prompt=phrase, seed=seed, progress=progress))
    if not (found.made >= 0.5).any():  # noqa: PLR2004 - half painted is painted
        raise BadInput(f"nothing in the picture matches {phrase!r}")
    return Region(found.made, found.facts)
