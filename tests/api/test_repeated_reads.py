"""A database that is away for a moment: who only reads waits for it, in no thread, and for so long alone."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from cleanplate.api import dashscope, native, novita, picwish
from cleanplate.database.reach import Reach
from cleanplate.errors import ConnectionLost, DatabaseAway, StorageFailed
from cleanplate.transport.repeated_reads import RepeatedReads
from cleanplate.transport.request_threads import RequestThreads

AWAY = DatabaseAway("the server's database is not available")
LOST = ConnectionLost("the server's database is not available")
OPEN = threading.Event()
HANGS_S = 60.0


def reading(*errors: Exception) -> Callable[[], Awaitable[str]]:
    """A read that fails so, time after time, and then does not."""
    left = list(errors)

    async def read() -> str:
        if left:
            raise left.pop(0)
        return "a task"

    return read


async def settled(read: Callable[[], Awaitable[str]], patience_s: float = HANGS_S) -> str:
    async with asyncio.timeout(HANGS_S):
        return await RepeatedReads(patience_s).settle(read, OPEN)


@pytest.mark.parametrize("errors", [(AWAY,), (LOST,), (AWAY, LOST, AWAY)])
def test_it_is_asked_again_until_it_answers(errors: tuple[Exception, ...]) -> None:
    assert asyncio.run(settled(reading(*errors))) == "a task"


@pytest.mark.parametrize("error", [StorageFailed("locked"), ValueError("no number")])
def test_what_does_not_pass_is_told_at_once(error: Exception) -> None:
    with pytest.raises(type(error)):
        asyncio.run(settled(reading(error)))
    with pytest.raises(type(error)):
        asyncio.run(settled(reading(AWAY, error)))


def test_the_last_refusal_is_told_after_the_time() -> None:
    with pytest.raises(ConnectionLost):
        asyncio.run(settled(reading(*[AWAY] * 2, *[LOST] * 1000), patience_s=0.6))
    with pytest.raises(DatabaseAway):
        asyncio.run(settled(reading(AWAY), patience_s=0.0))


def test_a_server_that_stops_ends_the_wait() -> None:
    closing, reads = threading.Event(), RepeatedReads(HANGS_S)

    async def run() -> None:
        waits = asyncio.create_task(reads.settle(reading(*[AWAY] * 1000), closing))
        await asyncio.sleep(0.3)
        assert not waits.done()
        closing.set()
        with pytest.raises(DatabaseAway):
            await asyncio.wait_for(waits, HANGS_S)

    asyncio.run(run())


def test_a_client_that_goes_away_ends_its_wait_and_nobody_elses() -> None:
    reads, away = RepeatedReads(HANGS_S), True

    async def read() -> str:
        await asyncio.sleep(0.01)
        if away:
            raise AWAY
        return "a task"

    async def run() -> list[str]:
        nonlocal away
        waiting = [asyncio.create_task(reads.settle(read, OPEN)) for _ in range(8)]
        await asyncio.sleep(0.6)
        for gone in waiting[:4]:
            gone.cancel()
        await asyncio.gather(*waiting[:4], return_exceptions=True)
        away = False
        return await asyncio.wait_for(asyncio.gather(*waiting[4:]), HANGS_S)

    assert asyncio.run(run()) == ["a task"] * 4


def test_of_many_one_looks_at_a_time_and_all_are_answered() -> None:
    reads, looking, most, looks, away = RepeatedReads(HANGS_S), 0, 0, 0, True

    async def read() -> str:
        nonlocal looking, most, looks
        looking, looks = looking + 1, looks + 1
        most = max(most, looking)
        await asyncio.sleep(0.02)
        looking -= 1
        if away:
            raise AWAY
        return "a task"

    async def run() -> list[str]:
        nonlocal away, most, looks
        waiting = [asyncio.create_task(reads.settle(read, OPEN)) for _ in range(200)]
        await asyncio.sleep(0.1)
        assert looks == 200, "each has asked for itself"
        most = looks = 0
        await asyncio.sleep(1.0)
        assert most == 1
        assert looks < 10
        away = False
        return await asyncio.wait_for(asyncio.gather(*waiting), HANGS_S)

    assert asyncio.run(run()) == ["a task"] * 200


def test_who_waits_holds_no_thread() -> None:
    """Forty threads, and five times as many who wait for a server that is away."""
    reach, away, threads = Reach(HANGS_S), True, RequestThreads()

    def poll() -> str:
        with reach.look():
            if not away:
                return "a task"
        if not reach.waits(0.0):
            raise AWAY
        raise AssertionError("it would wait in its thread")

    async def run() -> list[str]:
        nonlocal away
        waiting = [asyncio.create_task(threads.read(poll)) for _ in range(200)]
        await asyncio.sleep(0.5)
        assert await asyncio.wait_for(threads.read(lambda: "no database"), HANGS_S) == "no database"
        away = False
        return await asyncio.wait_for(asyncio.gather(*waiting), HANGS_S)

    assert asyncio.run(run()) == ["a task"] * 200


def test_a_write_is_done_once() -> None:
    tries = 0

    def submit() -> None:
        nonlocal tries
        tries += 1
        raise AWAY

    with pytest.raises(DatabaseAway):
        asyncio.run(RequestThreads().write(submit))
    assert tries == 1


def test_no_vendor_is_asked_again_for_what_changes_something() -> None:
    endpoints = {
        (endpoint.method, endpoint.path): endpoint.only_reads
        for dialect in (dashscope.DIALECT, native.DIALECT, novita.DIALECT, picwish.DIALECT)
        for endpoint in dialect.endpoints
    }
    changing = {
        path for (method, path), only_reads in endpoints.items() if method == "GET" and not only_reads
    }
    assert changing == {"/api/v1/tasks/{task_id}/cancel"}
    assert not any(only_reads for (method, _), only_reads in endpoints.items() if method != "GET")
