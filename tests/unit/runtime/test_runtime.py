"""Runtimes: devices, and what models may take of each; the GPU of these tests is pretended."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cleanplate.errors import SetupError
from cleanplate.models.flux_klein import MODEL
from cleanplate.runtime import devices
from cleanplate.runtime.devices import Device
from cleanplate.runtime.runtime import Runtime, default_runtime
from cleanplate.settings import load
from cleanplate.weights import card
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile
from cleanplate.weights.hub import HubRepo

GIB = 2**30


def seen(monkeypatch: pytest.MonkeyPatch, best: Device, gpu_bytes: int = 0, **options: Any) -> Runtime:
    """The runtime of these settings where there is such a device."""
    monkeypatch.setattr(devices, "best_device", lambda: best)
    monkeypatch.setattr(devices, "gpu_bytes", lambda: gpu_bytes)
    return Runtime.from_settings(load(**options))


@pytest.mark.parametrize(
    ("wanted", "best", "device", "has_gpu"),
    [
        ("auto", "cpu", "cpu", False),
        ("auto", "cuda", "cuda", True),
        ("cpu", "cuda", "cpu", False),
        ("cuda", "cuda", "cuda", True),
        ("cuda", "cpu", "cuda", False),
    ],
)
def test_device(
    monkeypatch: pytest.MonkeyPatch, wanted: str, best: Device, device: Device, has_gpu: bool
) -> None:
    found = seen(monkeypatch, best, device=wanted)
    assert (found.device, found.has_gpu) == (device, has_gpu)
    assert found.precision == {"cpu": "float32", "cuda": "bfloat16"}[device]


def test_the_device_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(monkeypatch, "cuda")
    assert found.device == "cuda"
    monkeypatch.setattr(devices, "best_device", lambda: pytest.fail("it was asked again"))
    assert found.device == "cuda"


def test_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(monkeypatch, "cuda", 24 * GIB, model_memory_bytes=3 * GIB)
    assert found.budget_bytes("cpu") == 3 * GIB
    assert found.budget_bytes("cuda") == pytest.approx(0.9 * 24 * GIB)
    assert seen(monkeypatch, "cuda", 24 * GIB, gpu_memory_bytes=5 * GIB).budget_bytes("cuda") == 5 * GIB


def test_the_pool_keeps_to_the_budget_of_its_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = (seen(monkeypatch, "cpu", model_memory_bytes=n * 2**20) for n in (1, 2))
    for runtime in (small, large):
        for name in ("a", "b"):
            with runtime.pool.lend(name, 2**20, object):
                pass
    assert (small.pool.loaded(), large.pool.loaded()) == (["b"], ["a", "b"])
    large.close()
    assert large.pool.loaded() == []


def test_without_torch_nobody_knows_what_a_gpu_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    assert devices.gpu_bytes() == 0


def pulled(monkeypatch: pytest.MonkeyPatch, gigabytes: float) -> Card:
    """A card that needs a GPU, its weights here."""
    file = WeightFile("x", round(gigabytes * 1e9), "0" * 64, url="https://h/x")
    monkeypatch.setattr(card, "is_there", lambda model, file, runtime: True)
    return replace(MODEL.card, needs=(), hub=tuple[HubRepo, ...](), files=(file,))


def test_weights_that_are_larger_than_the_gpu_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = seen(monkeypatch, "cuda", 10_000_000_000)
    assert not pulled(monkeypatch, 8.9).missing(runtime)
    assert pulled(monkeypatch, 16).missing(runtime) == (
        "its weights are 16.0 GB, and models may take 9.0 GB of the GPU"
    )


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_without_a_gpu(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    runtime = seen(monkeypatch, "cpu", device=wanted)
    assert pulled(monkeypatch, 1).missing(runtime) == "it needs a GPU"


def test_equal_settings_have_one_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = default_runtime()
    monkeypatch.setenv("CLEANPLATE_PORT", "1")  # says nothing of models
    assert default_runtime() is first
    monkeypatch.setenv("CLEANPLATE_MODELS", str(tmp_path))
    other = default_runtime()
    assert (other.weights, other.pool) == (tmp_path, default_runtime().pool)
    assert other.pool is not first.pool


def test_plug_ins_are_imported_when_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('now')")
    module = ModuleType("mine")
    runtime = replace(Runtime.from_settings(load(plugins=tmp_path)), plugin_modules=(module,))
    with pytest.raises(SetupError, match=r"broken\.py cannot be loaded: RuntimeError: now"):
        _ = runtime.plugins
    (tmp_path / "broken.py").write_text("NAME = 'mended'")
    mended, mine = runtime.plugins
    assert (mended.NAME, mine) == ("mended", module)


def test_making_one_imports_nothing_heavy(tmp_path: Path) -> None:
    """In a process of its own, for here all is long imported."""
    (tmp_path / "mine.py").write_text("print('imported')")
    program = (
        "import sys\n"
        "from cleanplate.runtime.runtime import Runtime\n"
        "from cleanplate.settings import load\n"
        f"Runtime.from_settings(load(plugins={str(tmp_path)!r})).close()\n"
        "print([name for name in ('numpy', 'cv2', 'onnxruntime', 'torch', 'ncnn') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
