"""Inputs that are URLs: fetched side by side, once, and every failure is told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from cleanplate.errors import DownloadFailed, InputTooLarge, PictureSize
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import Remote
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.staging import Stager
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, State, Submission, Task, TaskInput, input_key

MakeTask = Callable[..., Task]
Fetch = Callable[[str, int, str], Awaitable[bytes]]
TIMEOUT_S = 10.0


class Bench:
    """A stager with a queue of what it announced."""

    def __init__(
        self,
        store: TaskStore,
        objects: FolderStore,
        fetch: Fetch,
        *,
        at_once: int = 8,
        storage_wait_s: float = TIMEOUT_S,
    ) -> None:
        self.ready: asyncio.Queue[Task] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def announce(task: Task) -> None:
            loop.call_soon_threadsafe(self.ready.put_nowait, task)

        self.stager = Stager(store, objects, fetch, announce, at_once=at_once, storage_wait_s=storage_wait_s)
        self.stager.start()

    async def __aenter__(self) -> "Bench":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stager.aclose()

    async def next_ready(self) -> Task:
        return await asyncio.wait_for(self.ready.get(), TIMEOUT_S)


async def _ended(store: TaskStore, task: Task) -> Task:
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            now = store.get(task.id)
            assert now is not None
            if now.standing.state.terminal:
                return now
            await asyncio.sleep(0.005)


@pytest.fixture
def remote(store: TaskStore, make_task: MakeTask, rules: PictureRules) -> Callable[[Mapping[str, str]], Task]:
    """Stores a queued task with these URLs."""

    def make(urls: Mapping[str, str]) -> Task:
        task = make_task(
            staged=False, inputs={role: TaskInput(Remote(url), rules) for role, url in urls.items()}
        )
        store.insert(task)
        return task

    return make


AddRemote = Callable[[Mapping[str, str]], Task]


async def _echo(url: str, max_bytes: int, key: str) -> bytes:
    return f"{url} {max_bytes}".encode()


def test_fetches_and_stores_everything_before_it_tells(
    store: TaskStore, objects: FolderStore, remote: AddRemote
) -> None:
    task = remote({"image": "u1", "mask": "u2"})

    async def run() -> None:
        async with Bench(store, objects, _echo) as bench:
            await asyncio.to_thread(bench.stager.stage, task)
            assert await bench.next_ready() == task

    asyncio.run(run())
    assert objects.get(input_key(task.id, "image")) == b"u1 1048576"
    assert objects.get(input_key(task.id, "mask")) == b"u2 1048576"


def test_inputs_of_one_task_are_fetched_side_by_side(
    store: TaskStore, objects: FolderStore, remote: AddRemote
) -> None:
    async def run() -> None:
        together = asyncio.Barrier(3)

        async def fetch(_url: str, _max_bytes: int, _key: str) -> bytes:
            await together.wait()
            return b"x"

        async with Bench(store, objects, fetch) as bench:
            bench.stager.stage(remote({"image": "1", "mask": "2", "keep": "3"}))
            await bench.next_ready()

    asyncio.run(run())


def test_a_task_without_urls_is_ready_at_once(
    store: TaskStore, objects: FolderStore, make_task: MakeTask
) -> None:
    announced: list[Task] = []
    task = make_task()
    Stager(store, objects, _echo, announced.append).stage(task)
    assert announced == [task]


def test_what_is_stored_is_not_fetched_again(
    store: TaskStore, objects: FolderStore, remote: AddRemote
) -> None:
    task = remote({"image": "u1", "mask": "u2"})
    objects.put(input_key(task.id, "image"), b"from before the restart")
    fetched: list[str] = []

    async def fetch(url: str, max_bytes: int, key: str) -> bytes:
        fetched.append(url)
        return await _echo(url, max_bytes, key)

    async def run() -> None:
        async with Bench(store, objects, fetch) as bench:
            bench.stager.stage(task)
            await bench.next_ready()

    asyncio.run(run())
    assert fetched == ["u2"]
    assert objects.get(input_key(task.id, "image")) == b"from before the restart"


def test_a_host_that_is_silent_keeps_no_other_key_waiting(
    store: TaskStore, objects: FolderStore, make_task: MakeTask, rules: PictureRules
) -> None:
    async def fetch(url: str, _max_bytes: int, _key: str) -> bytes:
        if url == "silent":
            await asyncio.sleep(3600)
        return b"x"

    def add(url: str, key_id: str) -> Task:
        task = make_task(staged=False, key_id=key_id, inputs={"image": TaskInput(Remote(url), rules)})
        store.insert(task)
        return task

    async def run() -> None:
        async with Bench(store, objects, fetch, at_once=4) as bench:
            for _ in range(20):
                bench.stager.stage(add("silent", "flood"))
            good = add("good", "other")
            bench.stager.stage(good)
            assert await bench.next_ready() == good

    asyncio.run(run())


def test_only_so_many_tasks_at_once(store: TaskStore, objects: FolderStore, remote: AddRemote) -> None:
    busy: list[str] = []
    most = 0

    async def run() -> None:
        pair = asyncio.Barrier(2)

        async def fetch(url: str, _max_bytes: int, _key: str) -> bytes:
            nonlocal most
            busy.append(url)
            most = max(most, len(busy))
            await pair.wait()
            busy.remove(url)
            return b"x"

        async with Bench(store, objects, fetch, at_once=4) as bench:
            for number in range(6):
                bench.stager.stage(remote({"image": str(number)}))
            for _ in range(6):
                await bench.next_ready()

    asyncio.run(run())
    assert most == 2


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            DownloadFailed("the server answered 404"),
            Failure("download-failed", "mask: the server answered 404"),
        ),
        (InputTooLarge("too large", log="10.0.0.1"), Failure("input-too-large", "mask: too large")),
        (RuntimeError("secret detail"), Failure("internal", "internal error")),
    ],
)
def test_a_fetch_that_fails_ends_the_task_and_its_other_fetches(
    store: TaskStore, objects: FolderStore, remote: AddRemote, error: Exception, expected: Failure
) -> None:
    task = remote({"image": "slow", "mask": "bad"})
    dropped: list[str] = []

    async def run() -> Task:
        both_begun = asyncio.Barrier(2)

        async def fetch(url: str, _max_bytes: int, _key: str) -> bytes:
            await both_begun.wait()
            if url == "bad":
                raise error
            try:
                await asyncio.sleep(3600)
            finally:
                dropped.append(url)
            return b""

        async with Bench(store, objects, fetch) as bench:
            bench.stager.stage(task)
            ended = await _ended(store, task)
            assert bench.ready.empty()
            return ended

    ended = asyncio.run(run())
    assert (ended.standing.state, ended.outcome.failure, ended.standing.attempt) == (
        State.FAILED,
        expected,
        0,
    )
    assert dropped == ["slow"]


def test_a_picture_that_no_task_can_hold_ends_the_task(
    store: TaskStore, objects: FolderStore, remote: AddRemote
) -> None:
    looked_at: list[bytes] = []

    def check(asked: Submission, data: bytes) -> None:
        looked_at.append(data)
        raise PictureSize(f"too large for {asked.edit}")

    async def run() -> None:
        task = remote({"image": "http://a.example/1"})
        stager = Stager(store, objects, _echo, lambda _task: None, check_memory=check)
        stager.start()
        stager.stage(task)
        ended = await _ended(store, task)
        assert ended.outcome.failure == Failure("picture-size", "image: too large for paint")
        assert not objects.exists(input_key(task.id, "image"))
        await stager.aclose()

    asyncio.run(run())
    assert len(looked_at) == 1


def test_storage_that_refuses_for_a_while_ends_nothing(
    store: TaskStore, objects: FolderStore, remote: AddRemote, tmp_path: Path
) -> None:
    task = remote({"image": "u"})
    (tmp_path / "objects").write_text("a file where the folder should be")

    async def fetch(url: str, max_bytes: int, key: str) -> bytes:
        asyncio.get_running_loop().call_later(0.1, (tmp_path / "objects").unlink)
        return await _echo(url, max_bytes, key)

    async def run() -> None:
        async with Bench(store, objects, fetch) as bench:
            bench.stager.stage(task)
            assert await bench.next_ready() == task

    asyncio.run(run())
    assert objects.get(input_key(task.id, "image")) == b"u 1048576"


def test_storage_that_refuses_for_long_ends_the_task(
    store: TaskStore, objects: FolderStore, remote: AddRemote, tmp_path: Path
) -> None:
    task = remote({"image": "u"})
    (tmp_path / "objects").write_text("a file where the folder should be")

    async def run() -> Task:
        async with Bench(store, objects, _echo, storage_wait_s=0.0) as bench:
            bench.stager.stage(task)
            return await _ended(store, task)

    ended = asyncio.run(run())
    assert ended.outcome.failure is not None
    assert ended.outcome.failure.code == "storage-failed"
    assert str(tmp_path) not in ended.outcome.failure.message


def test_a_task_cancelled_while_it_waits_is_not_fetched_and_never_ready(
    store: TaskStore, objects: FolderStore, remote: AddRemote
) -> None:
    first, second, third = (remote({"image": name}) for name in ("first", "second", "third"))
    fetched: list[str] = []

    async def run() -> None:
        release = asyncio.Event()

        async def fetch(url: str, _max_bytes: int, _key: str) -> bytes:
            fetched.append(url)
            await release.wait()
            return b"x"

        async with Bench(store, objects, fetch, at_once=1) as bench:
            for task in (first, second, third):
                bench.stager.stage(task)
            while not fetched:
                await asyncio.sleep(0.005)
            store.cancel(second.id)
            release.set()
            assert await bench.next_ready() == first
            assert await bench.next_ready() == third

    asyncio.run(run())
    assert fetched == ["first", "third"]


def test_closing_leaves_the_task_queued_and_refuses_more(
    unfinished: Callable[[], list[Task]],
    store: TaskStore,
    objects: FolderStore,
    remote: AddRemote,
    caplog: pytest.LogCaptureFixture,
) -> None:
    task, late = remote({"image": "u"}), remote({"image": "v"})
    begun: list[str] = []

    async def fetch(url: str, _max_bytes: int, _key: str) -> bytes:
        begun.append(url)
        await asyncio.sleep(3600)
        return b""

    async def run() -> Stager:
        async with Bench(store, objects, fetch) as bench:
            bench.stager.stage(task)
            while not begun:
                await asyncio.sleep(0.005)
        bench.stager.stage(late)
        await asyncio.sleep(0)
        return bench.stager

    with caplog.at_level(logging.INFO):
        asyncio.run(run()).stage(late)
    assert begun == ["u"]
    assert [task.standing.state for task in unfinished()] == [State.QUEUED, State.QUEUED]
    assert caplog.records == []


def test_what_is_staged_before_the_start_stays_queued(
    unfinished: Callable[[], list[Task]], store: TaskStore, objects: FolderStore, remote: AddRemote
) -> None:
    ready: list[Task] = []
    task = remote({"image": "u"})
    Stager(store, objects, _echo, ready.append).stage(task)
    assert unfinished() == [task]
    assert ready == []
