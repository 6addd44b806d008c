"""A folder of photographs that are not real ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """`grain.jpg` of 300 x 200, and `rocket.jpg`, which has straight edges in the list, of 640 x 427."""
    rng = np.random.default_rng(0)
    for name, (height, width) in {"grain": (200, 300), "rocket": (427, 640)}.items():
        rgb = rng.integers(0, 256, (height, width, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), cv2.GaussianBlur(rgb, (0, 0), 2))
    return tmp_path
