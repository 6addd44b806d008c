"""When a process must not do the next task, and when models leave it."""

import pytest

from cleanplate.errors import EngineFailed
from cleanplate.runtime.pool import Pool
from cleanplate.tasks.child_memory import Leftovers

MIB = 2**20
OWN, LIMIT = 200 * MIB, 600 * MIB


class _Process:
    """Its private memory, of which models take some until they are dropped."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes, self.of_models, self.cleared = OWN, 0, 0
        self.pool = Pool(lambda _device: LIMIT)
        monkeypatch.setattr(self.pool, "clear", self.clear)
        monkeypatch.setattr(
            "cleanplate.tasks.child_memory.private_bytes", lambda: self.bytes + self.of_models
        )

    def leftovers(self, memory_bytes: int | None = LIMIT) -> Leftovers:
        return Leftovers(memory_bytes, self.pool, self.bytes)

    def clear(self) -> None:
        self.of_models, self.cleared = 0, self.cleared + 1


def test_models_stay_while_half_of_the_room_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    process = _Process(monkeypatch)
    leftovers = process.leftovers()
    process.of_models = (LIMIT - OWN) // 2
    assert not leftovers.spoil()
    assert process.cleared == 0


def test_models_that_take_more_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    process = _Process(monkeypatch)
    leftovers = process.leftovers()
    process.of_models = (LIMIT - OWN) // 2 + 1
    assert not leftovers.spoil()
    assert process.cleared == 1


def test_what_nothing_gives_back_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    process = _Process(monkeypatch)
    leftovers = process.leftovers()
    process.bytes += (LIMIT - OWN) // 2 + 1
    assert leftovers.spoil()
    assert not process.leftovers(None).spoil(), "without a limit there is no half of it"


def test_who_was_short_of_memory_is_spent_whatever_it_has_now(monkeypatch: pytest.MonkeyPatch) -> None:
    leftovers = _Process(monkeypatch).leftovers()
    leftovers.failed(EngineFailed("the model failed"))
    assert not leftovers.spoil()
    leftovers.failed(RuntimeError("can't start new thread"))
    leftovers.failed(EngineFailed("the model failed"))
    assert leftovers.spoil()
