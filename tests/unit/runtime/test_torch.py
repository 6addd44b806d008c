"""torch as a runtime: memory that does not suffice, and what is given back before it is tried again."""

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.logged import logged

from cleanplate.errors import EngineFailed
from cleanplate.runtime import devices
from cleanplate.runtime.runtime import Runtime

pytest.importorskip("torch", reason="the extra `torch` is not installed: make test-torch")

import torch

from cleanplate.runtime import torch_runtime
from cleanplate.runtime.torch_runtime import SMALLER, network, sparing
from cleanplate.settings import load


def full() -> Exception:
    """A new one each time: an error that is kept keeps the frames that it went through."""
    error: Exception = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
    return error


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    runtime = Runtime.from_settings(load(device="cpu"))
    yield runtime
    runtime.close()


@pytest.mark.parametrize(
    "failure",
    [
        full(),
        MemoryError(),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: 9 bytes"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    ],
)
def test_every_way_to_say_that_memory_does_not_suffice(runtime: Runtime, failure: Exception) -> None:
    shares: list[float] = []

    def run(share: float) -> str:
        shares.append(share)
        if share == 1:
            raise failure
        return "made"

    assert sparing(run, "x", runtime) == "made"
    assert shares == [1.0, SMALLER]


class Ring:
    """What a frame may hold that refers to itself."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.own, self.tensor = self, tensor


def test_nothing_of_the_first_try_is_left_at_the_second(runtime: Runtime) -> None:
    """Neither in a traceback, nor in what refers to itself, nor idle in the pool."""
    held: list[weakref.ref[torch.Tensor]] = []
    alive: list[bool] = []

    def deep(depth: int) -> None:
        tensor = torch.zeros(1000)
        held.append(weakref.ref(tensor))
        ring = Ring(torch.zeros(1000))
        held.append(weakref.ref(ring.tensor))
        if depth == 0:
            raise full()
        deep(depth - 1)

    def run(share: float) -> str:
        if share == 1:
            deep(5)
        alive.extend(one() is not None for one in held)
        return "made"

    with runtime.pool.lend("idle", 10, lambda: "idle", "cuda"):
        pass
    gc.disable()
    try:
        assert sparing(run, "x", runtime) == "made"
    finally:
        gc.enable()
    assert len(alive) == 12
    assert not any(alive)
    assert runtime.pool.loaded() == []


def test_twice_is_enough(runtime: Runtime) -> None:
    tries: list[float] = []

    def run(share: float) -> None:
        tries.append(share)
        raise full()

    with pytest.raises(EngineFailed) as raised:
        sparing(run, "some-model", runtime)
    assert raised.value.public == "the picture is too large for the memory of this machine"
    assert "some-model" in raised.value.log
    assert raised.value.__cause__ is None, "its frames would keep the memory"
    assert len(tries) == 2


def lent(load: Callable[[str, torch.dtype], Any], runtime: Runtime) -> Any:
    with network("x", 10, load, runtime) as loaded:
        return loaded


def test_a_network_that_does_not_fit_is_loaded_once_more_with_room(runtime: Runtime) -> None:
    asked: list[tuple[str, torch.dtype]] = []

    def load(device: str, precision: torch.dtype) -> str:
        asked.append((device, precision))
        if len(asked) == 1:
            raise full()
        return "network"

    assert lent(load, runtime) == "network"
    assert asked == [("cpu", torch.float32)] * 2


def test_a_network_that_never_fits(runtime: Runtime) -> None:
    def load(device: str, precision: torch.dtype) -> str:
        raise full()

    with logged(EngineFailed, "no memory"):
        lent(load, runtime)
    assert runtime.pool.loaded() == []


def test_a_gpu_that_this_build_of_torch_does_not_know(runtime: Runtime) -> None:
    """It says so by an assertion."""

    def load(device: str, precision: torch.dtype) -> str:
        raise AssertionError("Torch not compiled with CUDA enabled")

    with logged(EngineFailed, "not compiled with CUDA"):
        lent(load, runtime)


def test_nothing_is_differentiated(runtime: Runtime) -> None:
    with network("x", 10, lambda device, precision: torch.nn.Linear(2, 2), runtime) as layer:
        assert not layer(torch.zeros(1, 2)).requires_grad


def test_the_pool_counts_it_on_the_device_it_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "best_device", lambda: "cuda")
    monkeypatch.setattr(devices, "gpu_bytes", lambda: 2**30)
    runtime = Runtime.from_settings(load(device="cuda"))
    with network("x", 10, lambda device, precision: (device, precision), runtime) as loaded:
        assert loaded == ("cuda", torch.bfloat16)
        assert runtime.pool._entries["x"].device == "cuda"


def test_noise_is_the_same_on_every_device() -> None:
    assert torch_runtime.generator(7).device.type == "cpu"
    first, second = (torch.rand(3, generator=torch_runtime.generator(7)) for _ in range(2))
    assert (first == second).all()
