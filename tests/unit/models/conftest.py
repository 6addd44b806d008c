"""Tiny models beside each other in one folder of weights, made once for all tests of this folder."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.runtimes import here

from cleanplate.models.parts.pipeline import Pipeline


def tiny(pipeline: Pipeline) -> Pipeline:
    """The same card for random weights and small pictures, on whatever device there is."""
    return replace(
        pipeline, name=f"tiny-{pipeline.name}", hub=(), gpu=False, memory_bytes=2**26, least_px=64, most_px=96
    )


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of weights; each test file adds its own."""
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="module")
def weights(shelf: Path) -> Iterator[Path]:
    """The same, named by the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLEANPLATE_MODELS", str(shelf))
        yield shelf
        here().close()
