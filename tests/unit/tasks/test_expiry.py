"""What is over goes, with its files; what is not stays."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine

from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.expiry import KINDS, sweep, sweep_forever
from cleanplate.tasks.rounds import Rounds
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Task, input_key, output_key

MakeTask = Callable[..., Task]
HOUR_S = 3600


class Clock(Protocol):
    now_ms: int

    def __call__(self) -> int: ...


@pytest.fixture
def stored(store: TaskStore, objects: FolderStore, make_task: MakeTask) -> Callable[..., Task]:
    """A task in the store, with an input and a result."""

    def make(**fields: object) -> Task:
        task = make_task(**fields)
        store.insert(task)
        objects.put(input_key(task.id, "image"), b"in")
        objects.put(output_key(task.id, 1, 1, "png"), b"out")
        return task

    return make


def _groups(objects: FolderStore) -> set[str]:
    return {group.name for kind in KINDS for group in objects.groups(kind)}


def _age(objects_folder: Path, task_id: str, changed_s: float) -> None:
    for folder in objects_folder.glob(f"*/{task_id}"):
        os.utime(folder, (changed_s, changed_s))


def test_expired_tasks_go_with_their_files(
    store: TaskStore, objects: FolderStore, stored: Callable[..., Task], clock: Clock
) -> None:
    over = [stored(expires_at_ms=clock.now_ms - late) for late in (0, 1)]
    alive = [stored(expires_at_ms=clock.now_ms + 1), stored()]
    assert sweep(store, objects, clock.now_ms) == 2
    assert store.known([task.id for task in over + alive]) == {task.id for task in alive}
    assert _groups(objects) == {task.id for task in alive}
    assert sweep(store, objects, clock.now_ms) == 0


def test_files_without_a_task_go_after_an_hour(
    store: TaskStore, objects: FolderStore, stored: Callable[..., Task], make_task: MakeTask, tmp_path: Path
) -> None:
    now_s = 1_700_000_000
    orphan, young, owned = make_task().id, make_task().id, stored().id
    for task_id in (orphan, young):
        objects.put(input_key(task_id, "image"), b"in")
    for task_id, age_s in [(orphan, HOUR_S + 1), (young, HOUR_S - 1), (owned, 100 * HOUR_S)]:
        _age(tmp_path / "objects", task_id, now_s - age_s)
    assert sweep(store, objects, now_s * 1000) == 0
    assert _groups(objects) == {young, owned}


def test_what_is_no_task_is_left_alone(store: TaskStore, objects: FolderStore, tmp_path: Path) -> None:
    for name in ("my notes", ".hidden", "x"):
        (tmp_path / "objects" / "inputs" / name).mkdir(parents=True)
        _age(tmp_path / "objects", name, 0)
    sweep(store, objects, 10**15)
    left = {folder.name for folder in (tmp_path / "objects" / "inputs").iterdir()}
    assert left == {"my notes", ".hidden", "x"}


def test_files_that_cannot_be_removed_wait_for_the_next_sweep(
    store: TaskStore, objects: FolderStore, stored: Callable[..., Task], clock: Clock, tmp_path: Path
) -> None:
    stuck, fine = stored(expires_at_ms=0), stored(expires_at_ms=1)
    folder = tmp_path / "objects" / "results" / stuck.id
    folder.rename(tmp_path / "aside")
    folder.write_text("a file where the folder should be")
    assert sweep(store, objects, clock.now_ms) == 1
    assert store.known([stuck.id, fine.id]) == {stuck.id}
    folder.unlink()
    assert sweep(store, objects, clock.now_ms) == 1


def test_the_loop_sweeps_again_and_again_and_outlives_errors(
    store: TaskStore, objects: FolderStore, stored: Callable[..., Task], clock: Clock
) -> None:
    def failing_once() -> int:
        if not stages:
            stages.append("failed")
            raise RuntimeError("the clock is broken")
        return clock.now_ms

    stages: list[str] = []

    async def gone(task: Task) -> None:
        async with asyncio.timeout(10):
            while store.get(task.id) is not None:
                await asyncio.sleep(0.005)

    async def run() -> None:
        loop = asyncio.create_task(sweep_forever(store, objects, interval_s=0.01, clock_ms=failing_once))
        await gone(stored(expires_at_ms=0))
        await gone(stored(expires_at_ms=0))
        loop.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loop

    asyncio.run(run())
    assert stages == ["failed"]


def test_the_loop_sweeps_other_things_too(store: TaskStore, objects: FolderStore, clock: Clock) -> None:
    swept: list[int] = []

    def other(now_ms: int) -> int:
        swept.append(now_ms)
        return 1

    async def run() -> None:
        loop = asyncio.create_task(sweep_forever(store, objects, also=(other,), clock_ms=clock))
        async with asyncio.timeout(10):
            while not swept:
                await asyncio.sleep(0.005)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)

    asyncio.run(run())
    assert swept == [clock.now_ms]


def test_of_several_that_share_a_store_one_sweeps(
    store: TaskStore, engine: Engine, objects: FolderStore, clock: Clock
) -> None:
    swept: list[int] = []
    looked = [0, 0]

    def other(now_ms: int) -> int:
        swept.append(now_ms)
        return 0

    async def host(number: int) -> None:
        own = Rounds(engine, "sweep", every_ms=1000, clock_ms=clock)

        def turn() -> bool:
            looked[number] += 1
            return own.begins()

        await sweep_forever(store, objects, also=(other,), interval_s=0.01, clock_ms=clock, turn=turn)

    async def run() -> None:
        loops = [asyncio.create_task(host(number)) for number in range(2)]
        async with asyncio.timeout(10):
            while min(looked) < 3:
                await asyncio.sleep(0.005)
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)

    asyncio.run(run())
    assert swept == [clock.now_ms]
