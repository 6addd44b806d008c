import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cleanplate.cli.entry import main


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """`serve` sends the log of this process to a stream that ends with its test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process."""

    def call(*arguments: str | Path) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, said.out, said.err)

    return call


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """80 x 60 green noise with a red square at 30..50, 20..40."""
    rgb = np.random.default_rng(0).integers(40, 160, (60, 80, 3)).astype(np.uint8)
    rgb[..., 0] = 20
    rgb[20:40, 30:50] = (250, 0, 0)
    path = tmp_path / "photo.png"
    Image.fromarray(rgb).save(path)
    return path


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    alpha = np.zeros((60, 80), np.uint8)
    alpha[20:40, 30:50] = 255
    path = tmp_path / "mask.png"
    Image.fromarray(alpha).save(path)
    return path
