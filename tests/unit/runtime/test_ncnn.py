"""ncnn: what goes in is read before it is gone, and several threads don't mix."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from tests.logged import logged
from tests.runtimes import here

from cleanplate.errors import EngineFailed, lacked_memory
from cleanplate.runtime.ncnn_runtime import Net, net

GRAPH = """7767517
3 3
Input data 0 1 data
Convolution conv 1 1 data made 0=3 1=3 4=1 5=0 6=81
PixelShuffle out 1 1 made output 0=1
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A network that gives its input back, through a convolution."""
    graph, weights = tmp_path / "small.param", tmp_path / "small.bin"
    graph.write_text(GRAPH)
    kernel = np.zeros((3, 3, 3, 3), np.float32)
    kernel[range(3), range(3), 1, 1] = 1
    weights.write_bytes(np.zeros(1, np.uint32).tobytes() + kernel.tobytes())  # 0 says: plain float32
    return graph, weights


@pytest.fixture
def small(files: tuple[Path, Path]) -> Iterator[Net]:
    with net(*files, "a", 1_000_000, ("data", "output"), here()) as loaded:
        yield loaded


def pictures(count: int) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    random = np.random.default_rng(0)
    return [random.random((90, 110, 3)).astype(np.float32) for _ in range(count)]


def test_planes_that_lie_across_memory(small: Net) -> None:
    for picture in pictures(20):
        planes = picture.transpose(2, 0, 1)
        assert np.abs(small.run(planes) - planes).max() < 1e-2


def test_threads_do_not_mix(small: Net) -> None:
    planes = [picture.transpose(2, 0, 1) for picture in pictures(16)]
    alone = [small.run(one) for one in planes]
    with ThreadPoolExecutor(4) as workers:
        together = list(workers.map(small.run, planes))
    assert all((one == other).all() for one, other in zip(alone, together, strict=True))


def test_an_output_that_does_not_exist(files: tuple[Path, Path]) -> None:
    here().close()
    with net(*files, "a", 1_000_000, ("data", "nothing"), here()) as loaded, pytest.raises(EngineFailed):
        loaded.run(np.zeros((3, 8, 8), np.float32))
    here().close()


class _Extractor:
    """Of a layer that could not allocate."""

    def __enter__(self) -> "_Extractor":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def set_blob_allocator(self, _: object) -> None:
        pass

    set_workspace_allocator = set_blob_allocator

    def input(self, _name: str, _value: object) -> int:
        return 0

    def extract(self, _name: str) -> tuple[int, None]:
        return -100, None


class _Full:
    create_extractor = _Extractor


def test_too_little_memory_is_said(small: Net) -> None:
    full = Net(cast("Any", _Full()), ("data", "output"))
    with pytest.raises(EngineFailed, match="out of memory") as failed:
        full.run(np.zeros((3, 8, 8), np.float32))
    assert lacked_memory(failed.value)
    with pytest.raises(EngineFailed) as failed:
        Net(small._net, ("data", "nothing")).run(np.zeros((3, 8, 8), np.float32))
    assert not lacked_memory(failed.value)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with (
        logged(EngineFailed, "ncnn"),
        net(tmp_path / "a.param", tmp_path / "a.bin", "a", 1, ("data", "output"), here()),
    ):
        pass
