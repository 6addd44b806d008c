import subprocess
import sys

import pytest
from tests.inpainters import like
from tests.runtimes import here, plug_in

from cleanplate.errors import EngineFailed
from cleanplate.fill.base import FillJob
from cleanplate.pixels.types import Rgb8
from cleanplate.warm import warm_up

COUNT = """
import sys, warnings
from io import BytesIO
import numpy as np
from PIL import Image
from cleanplate import erase
from cleanplate.compiled import Kernel
from cleanplate.runtime.runtime import default_runtime
from cleanplate.warm import warm_up

def compiled():
    found = {}
    for name, module in list(sys.modules.items()):
        if name.startswith("cleanplate."):
            for key, value in vars(module).items():
                if isinstance(value, Kernel) and value.kinds:
                    found[value.__module__ + "." + key] = len(value.kinds)
    return found

warm_up(default_runtime())
before = compiled()
rng = np.random.default_rng(0)
for shape in ((200, 240, 3), (199, 241), (61, 83, 4), (300, 20, 3)):
    picture = Image.fromarray(rng.integers(0, 256, shape).astype(np.uint8))
    mask = np.zeros(shape[:2], np.uint8)
    mask[20:40, 5:12] = 255
    kinds = [("PNG", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("GIF", {})]
    bilevel = BytesIO()
    picture.convert("1").save(bilevel, "TIFF", compression="group3")
    erase(bilevel.getvalue(), mask)
    if len(shape) < 3 or shape[2] == 3:
        kinds += [("JPEG", dict(progressive=p, subsampling=s)) for p in (False, True) for s in (0, 1, 2)]
    for format, options in kinds:
        file = BytesIO()
        picture.save(file, format, **options)
        for fast in (False, True):
            erase(file.getvalue(), mask, fast=fast, tone=0.5, grain=0.5, seed=2**32 - 1).encode()
print(sorted(before.items()))
print(sorted(compiled().items()))
"""


def test_after_it_nothing_is_left_to_compile() -> None:
    done = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True)
    before, after = done.stdout.splitlines()
    assert "kernels.search" in before
    assert "kernels.vote" in before
    assert before == after, "somebody waits for a compiler with a picture in hand"


def test_each_that_can_run_is_used_for_holes_and_for_borders(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[tuple[str, bool]] = []

    def named(name: str) -> None:
        def fill(job: FillJob) -> Rgb8:
            used.append((name, job.options.outpainting))
            return job.rgb

        missing = "not installed" if name == "absent" else ""
        plug_in(monkeypatch, like("telea", name=name, fill=fill, missing=missing))

    named("here")
    named("absent")
    warm_up(here())
    assert used == [("here", False), ("here", True)]


def test_one_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(job: FillJob) -> Rgb8:
        raise EngineFailed("no memory")

    plug_in(monkeypatch, like("telea", name="broken", fill=fail))
    with pytest.raises(EngineFailed, match="no memory"):
        warm_up(here())
