from collections.abc import Iterator
from pathlib import Path

import pytest

from cleanplate import settings
from cleanplate.runtime import machine


@pytest.fixture
def weights(tmp_path: Path) -> Iterator[Path]:
    """An empty folder of weights, as the settings name it."""
    before = dict(machine._chosen)
    folder = tmp_path / "weights"
    machine.use(settings.load(models=folder))
    yield folder
    machine._chosen.clear()
    machine._chosen.update(before)
