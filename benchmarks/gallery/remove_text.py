"""What `remove_text` makes of photographs: real signs, and marks laid over pictures."""

from functools import partial

import cv2
import numpy as np

from benchmarks.gallery.case import Case
from cleanplate.pixels.types import Box, Rgb8


def marked(rgb: Rgb8, text: str, share: float, angle_deg: float) -> Rgb8:
    """The picture with a translucent white text in rows over all of it."""
    stamp = np.zeros((160, 160), np.uint8)
    cv2.putText(stamp, text, (12, 90), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2, cv2.LINE_AA)
    stamp = np.asarray(
        cv2.warpAffine(stamp, cv2.getRotationMatrix2D((80, 80), angle_deg, 1), (160, 160)), np.uint8
    )
    height, width = rgb.shape[:2]
    layer = np.zeros((height + 320, width + 320), np.uint8)
    for row, y in enumerate(range(0, height + 160, 80)):
        for x in range(60 * (row % 2), width + 160, 170):
            window = layer[y : y + 160, x : x + 160]
            window[:] = np.maximum(window, stamp)
    alpha = layer[120 : 120 + height, 100 : 100 + width, None] / 255 * share
    return np.asarray(np.rint((1 - alpha) * rgb + alpha * 255), np.uint8)


def _subtitled(rgb: Rgb8) -> Rgb8:
    out = rgb.copy()
    place = (40, rgb.shape[0] - 30)
    for colour, width in (((0, 0, 0), 5), ((255, 255, 255), 2)):
        cv2.putText(
            out, "What a fine cat you are", place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, colour, width, cv2.LINE_AA
        )
    return out


CASES = (
    Case("ocv_scenetext01.jpg", "no prompt", look=Box(160, 0, 560, 300)),
    Case("ocv_scenetext02.jpg", "no prompt", look=Box(300, 460, 940, 960)),
    Case("ocv_scenetext03.jpg", "no prompt", look=Box(60, 480, 700, 700)),
    Case(
        "ocv_scenetext02.jpg",
        "remove 'Car Parks'",
        {"prompt": "remove 'Car Parks'"},
        look=Box(300, 460, 940, 960),
    ),
    Case("chelsea_cat.jpg", "a subtitle", spoil=_subtitled),
    Case(
        "coffee.jpg",
        "a translucent mark in rows",
        spoil=partial(marked, text="PREVIEW", share=0.35, angle_deg=0),
    ),
    Case(
        "ocv_building.jpg", "the same, tilted", spoil=partial(marked, text="SAMPLE", share=0.4, angle_deg=30)
    ),
)
