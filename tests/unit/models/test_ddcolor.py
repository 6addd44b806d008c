"""DDColor with random weights, in the file format that its makers give."""

from pathlib import Path

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.errors import EngineFailed
from cleanplate.models import ddcolor
from cleanplate.models.jobs import ColorizeJob
from cleanplate.models.roles import COLORIZE

pytest.importorskip("torch", reason="the extra `torch` is not installed: make test-torch")
pytest.importorskip("torchvision", reason="spandrel needs it: make test-torch")
pytest.importorskip("spandrel_extra_arches", reason="the extra `torch` is not installed: make test-torch")

from tests.unit.models.tiny_others import save_ddcolor

pytestmark = pytest.mark.filterwarnings("ignore")

GREY = np.random.default_rng(0).integers(0, 256, (70, 101, 1)).astype(np.uint8).repeat(3, axis=2)


def test_colours_on_the_same_brightness(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ddcolor, "INPUT_PX", 128)
    save_ddcolor(weights / "tiny-ddcolor" / ddcolor.WEIGHTS)
    model = ddcolor.model("tiny-ddcolor", (), 2**26)
    seen: list[float] = []
    made = model.performer(COLORIZE)(ColorizeJob(rgb=GREY, progress=seen.append, runtime=here()))
    assert made.shape == GREY.shape
    assert made.dtype == np.uint8
    assert np.ptp(made, axis=2).max() > 0
    assert np.abs(made @ np.array([0.299, 0.587, 0.114]) - GREY[..., 0]).max() <= 0.5 + 1e-4
    assert seen == sorted(seen)


class _Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return print, ("code of a pickle ran",)


def test_code_in_the_file_does_not_run(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    (weights / "evil").mkdir()
    torch.save({"params": _Evil()}, weights / "evil" / ddcolor.WEIGHTS)
    with pytest.raises(EngineFailed):
        ddcolor.model("evil", (), 2**20).performer(COLORIZE)(ColorizeJob(rgb=GREY, runtime=here()))
    assert "ran" not in capsys.readouterr().out
