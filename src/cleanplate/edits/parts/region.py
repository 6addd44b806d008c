"""Words to region: what a phrase such as "the watermark" or "the dog on the left" means in a picture."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cleanplate.edits.base import EditRequest
from cleanplate.edits.parts.widened_mask import Widened, with_effects
from cleanplate.errors import BadInput, BadParameter
from cleanplate.models.jobs import FindJob, FindTextJob
from cleanplate.models.roles import FIND, FIND_TEXT, AnyRole
from cleanplate.models.run_model import run_model
from cleanplate.pixels.masks import is_painted
from cleanplate.pixels.types import Alpha

_WRITING = re.compile(
    r"\b(texts?|writings?|words?|letters|lettering|captions?|subtitles?|watermarks?|signature)\b|"
    r"文字|文本|字幕|水印|中文|英文|"
    r"^\s*([\"“'\u2018「『《]).+[\"”'\u2019」』》]\s*$",  # nothing but quoted words
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Region:
    """What was found.

    Attributes:
        alpha: (H, W) float32 in [0, 1], 1 = it.
        facts: name and hash of the model that found it, for recipes.
        widened: what was added for its shadow and its reflection; None when they were not asked for.
    """

    alpha: Alpha
    facts: dict[str, str]
    widened: Widened | None = None


def role_for(phrase: str) -> AnyRole:
    """Who finds it: writing has a detector of its own."""
    return FIND_TEXT if _WRITING.search(phrase) else FIND


def find_region(
    request: EditRequest, phrase: str, progress: Callable[[float], None], *, shadows: bool = False
) -> Region:
    """Where in the request's picture the phrase points.

    Args:
        phrase: English or Chinese words.
        progress: called with the share done, 0..1.
        shadows: also the thing's shadow and its reflection. Writing has neither.

    Raises:
        BadInput: nothing in the picture is what the phrase says.
        BadParameter: the phrase is empty.
        EngineFailed: nothing that can look for it is installed, or it failed.
    """
    if not phrase.strip():
        raise BadParameter("find: it is empty")
    rgb, seed, runtime = request.pixels.rgb, request.parameters.seed, request.runtime
    if role_for(phrase) is FIND_TEXT:
        text_job = FindTextJob(rgb=rgb, prompt=phrase, seed=seed, progress=progress, runtime=runtime)
        text = run_model(FIND_TEXT, text_job)
        return _present(Region(text.made.alpha, text.facts), phrase)
    job = FindJob(rgb=rgb, prompt=phrase, seed=seed, progress=progress, runtime=runtime)
    thing = run_model(FIND, job)
    found = _present(Region(thing.made, thing.facts), phrase)
    if not shadows:
        return found
    flags = is_painted(found.alpha)
    widened = with_effects(rgb, flags)
    return replace(found, alpha=np.where(widened.flags & ~flags, np.float32(1), found.alpha), widened=widened)


def _present(found: Region, phrase: str) -> Region:
    """The region, which is not empty. Raises `BadInput` when it is."""
    if not is_painted(found.alpha).any():
        raise BadInput(f"nothing in the picture matches {phrase!r}")
    return found
