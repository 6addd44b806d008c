from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """80 x 60 green noise with a red square at 30..50, 20..40."""
    rgb = np.random.default_rng(0).integers(40, 160, (60, 80, 3)).astype(np.uint8)
    rgb[..., 0] = 20
    rgb[20:40, 30:50] = (250, 0, 0)
    path = tmp_path / "photo.png"
    Image.fromarray(rgb).save(path)
    return path
