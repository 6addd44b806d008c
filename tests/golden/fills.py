"""Today's fill, the recorded one, and what is worse in the first than in the second."""

from pathlib import Path

import cv2
import numpy as np
from tests.golden.cases import Case
from tests.runtimes import here

from benchmarks.metrics import masked_psnr
from cleanplate.edits import erase
from cleanplate.edits.base import EditRequest
from cleanplate.pixels.types import Hole, Mask, Pixels, Rgb8

FOLDER = Path(__file__).parent
WORSE_DB = 0.7
TONE_LEVELS = 6.0
"""Root mean square, over the hole, between today's and the recorded local means."""
TONE_WINDOW_PX = 15
DETAIL_RATIO = 1.2
"""Between today's and the recorded mean step from pixel to pixel, either way: blur below, noise above."""


def fill(case: Case) -> Rgb8:
    """What `erase` makes of it, by its own choice of engine, exactly in the hole."""
    painted = case.truth.copy()
    painted[case.hole] = (255, 0, 255)  # an engine that looks under the hole shows it
    request = EditRequest(
        pixels=Pixels(painted),
        mask=Mask(case.hole),
        parameters=erase.EraseParameters(dilate_px=0, feather_px=0),
        runtime=here(),
    )
    return erase.run(request).pixels.rgb


def path(name: str, folder: Path = FOLDER) -> Path:
    return folder / f"{name.replace(' ', '-')}.png"


def write(name: str, rgb: Rgb8, folder: Path = FOLDER) -> Path:
    place = path(name, folder)
    cv2.imwrite(str(place), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    return place


def recorded(name: str, folder: Path = FOLDER) -> Rgb8:
    """The golden picture, (H, W, 3)."""
    bgr = cv2.imread(str(path(name, folder)))
    assert bgr is not None, f"{path(name, folder)} is missing: python -m tests.golden.record"
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def faults(case: Case, golden: Rgb8, made: Rgb8) -> list[str]:
    """One line for each way in which `made` is worse than `golden`; none when it is as good."""
    found = []
    if (made != case.truth)[~case.hole].any():
        found.append("pixels outside the hole changed")
    worse_db = masked_psnr(case.truth, golden, case.hole) - masked_psnr(case.truth, made, case.hole)
    if worse_db > WORSE_DB:
        found.append(f"{worse_db:.2f} dB further from the truth than the recorded fill")
    apart = _tone(made)[case.hole] - _tone(golden)[case.hole]
    if (levels := float(np.sqrt(np.mean(apart**2)))) > TONE_LEVELS:
        found.append(f"local tone is {levels:.1f} levels from the recorded fill's")
    ratio = _detail(made, case.hole) / _detail(golden, case.hole)
    if not 1 / DETAIL_RATIO <= ratio <= DETAIL_RATIO:
        found.append(f"detail is {ratio:.2f} times the recorded fill's")
    return found


def _tone(rgb: Rgb8) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    window = (TONE_WINDOW_PX, TONE_WINDOW_PX)
    return np.asarray(cv2.blur(rgb.astype(np.float32), window), np.float32)


def _detail(rgb: Rgb8, hole: Hole) -> float:
    """Mean absolute step between neighbours that both lie in the hole."""
    values = rgb.astype(np.int32)
    down = np.abs(np.diff(values, axis=0))[hole[1:] & hole[:-1]]
    right = np.abs(np.diff(values, axis=1))[hole[:, 1:] & hole[:, :-1]]
    return float(np.concatenate([down.ravel(), right.ravel()]).mean())
