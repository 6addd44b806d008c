"""How many processes a machine gets, and what each may use."""

import pytest
from tests.runtimes import here

from cleanplate.settings import load
from cleanplate.tasks import worker_size as room
from cleanplate.tasks.worker_size import WorkerSize, machine_bytes, worker_size

GIB = 2**30


@pytest.mark.parametrize(
    ("cores", "gib", "count", "share_gib"),
    [(2, 24, 2, 11.5), (8, 8, 2, 3.5), (64, 512, 8, 63.875), (1, 24, 1, 23), (4, 1, 1, 1), (2, 3, 1, 2)],
)
def test_as_cores_and_memory_allow(
    monkeypatch: pytest.MonkeyPatch, cores: int, gib: int, count: int, share_gib: float
) -> None:
    size = _size(monkeypatch, cores, gib)
    assert (size.count, size.setup.limits.memory_bytes) == (count, share_gib * GIB)
    assert size.setup.settings.model_memory_bytes == 6 * GIB // count


def test_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    size = _size(monkeypatch, 2, 24, workers=5, task_memory_bytes=GIB, gpu_memory_bytes=10 * GIB)
    assert (size.count, size.setup.limits.memory_bytes) == (5, GIB)
    assert size.setup.settings.gpu_memory_bytes == 2 * GIB
    assert size.together_bytes is None


@pytest.mark.parametrize("settings", [{"workers": 32}, {"workers": 4, "task_memory_bytes": 6 * GIB}])
def test_more_than_the_machine_has_together(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, int]
) -> None:
    assert _size(monkeypatch, 2, 24, **settings).together_bytes == 23 * GIB


def test_a_container_that_is_smaller_than_its_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    installed = machine_bytes()
    limit = tmp_path_factory.mktemp("cgroup") / "memory.max"
    monkeypatch.setattr(room, "_CGROUP_LIMIT", limit)
    for text, expected in (f"{GIB // 2}\n", GIB // 2), ("max\n", installed), (f"{2**60}\n", installed):
        limit.write_text(text)
        assert machine_bytes() == min(expected, installed)
    limit.unlink()
    assert machine_bytes() >= installed


def _size(monkeypatch: pytest.MonkeyPatch, cores: int, gib: int, **settings: object) -> WorkerSize:
    monkeypatch.setattr(room, "cores", lambda: cores)
    monkeypatch.setattr(room, "machine_bytes", lambda: gib * GIB)
    return worker_size(load(**settings), here())
