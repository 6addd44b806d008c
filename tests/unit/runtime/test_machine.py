"""Devices, and what models may take of each: the GPU of these tests is pretended."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cleanplate import settings
from cleanplate.models import base
from cleanplate.models.base import Model
from cleanplate.models.flux_klein import MODEL
from cleanplate.runtime import machine
from cleanplate.runtime.machine import Device, Machine
from cleanplate.weights.files import WeightFile
from cleanplate.weights.hub import HubRepo

GIB = 2**30


@pytest.fixture(autouse=True)
def chosen() -> Iterator[None]:
    before = dict(machine._chosen)
    yield
    machine._chosen.clear()
    machine._chosen.update(before)


def here(monkeypatch: pytest.MonkeyPatch, best: Device, gpu_bytes: int = 0, **options: Any) -> Machine:
    """The machine of these settings where the runtimes see such a device."""
    monkeypatch.setattr(machine, "_best_device", lambda: best)
    monkeypatch.setattr(machine, "_gpu_bytes", lambda: gpu_bytes)
    machine.use(settings.load(**options))
    return machine.machine()


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
    found = here(monkeypatch, best, device=wanted)
    assert (found.device, found.has_gpu) == (device, has_gpu)
    assert found.precision == {"cpu": "float32", "cuda": "bfloat16"}[device]


def test_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    found = here(monkeypatch, "cuda", 24 * GIB, model_memory_bytes=3 * GIB)
    assert found.budget_bytes("cpu") == 3 * GIB
    assert found.budget_bytes("cuda") == pytest.approx(0.9 * 24 * GIB)
    assert here(monkeypatch, "cuda", 24 * GIB, gpu_memory_bytes=5 * GIB).budget_bytes("cuda") == 5 * GIB


def test_without_torch_nobody_knows_what_a_gpu_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "find_spec", lambda name: None)
    assert machine._gpu_bytes.__wrapped__() == 0


def pulled(monkeypatch: pytest.MonkeyPatch, gigabytes: float) -> Model:
    """A card that needs a GPU, its weights here."""
    file = WeightFile("x", round(gigabytes * 1e9), "0" * 64, url="https://h/x")
    monkeypatch.setattr(base, "is_there", lambda model, file: True)
    return replace(MODEL, needs=(), hub=tuple[HubRepo, ...](), files=(file,))


def test_weights_that_are_larger_than_the_gpu_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch, "cuda", 10_000_000_000)
    assert not pulled(monkeypatch, 8.9).missing()
    assert pulled(monkeypatch, 16).missing() == (
        "its weights are 16.0 GB, and models may take 9.0 GB of the GPU"
    )


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_without_a_gpu(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    here(monkeypatch, "cpu", device=wanted)
    assert pulled(monkeypatch, 1).missing() == "it needs a GPU"
