"""What goes on beside the work: taking back what dead workers held, and being one of a fleet."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import Engine

from cleanplate.app.task_work import Doing, TaskTable
from cleanplate.database.postgres_calls import listen
from cleanplate.errors import StorageFailed
from cleanplate.tasks.fleet import Fleet, WorkerCard
from cleanplate.tasks.reaping import reap_forever
from cleanplate.tasks.rounds import always
from cleanplate.tasks.worker import Worker

_log = logging.getLogger(__name__)

_BEATS_PER_LEASE: Final = 3
_AGAIN_S: Final = 1.0


def reaping(table: TaskTable, workers: Sequence[Worker]) -> Coroutine[None, None, None]:
    """Take back for ever what no longer beats, but for what these workers do."""

    def wake() -> None:
        for worker in workers:
            worker.wake_all()

    def spared() -> frozenset[str]:
        return frozenset().union(*(worker.running for worker in workers))

    interval_s = table.lease_ms / 1000 / _BEATS_PER_LEASE
    turn = always if table.fleet is None else table.fleet.is_to_look
    return reap_forever(table.store, spared=spared, found=wake, interval_s=interval_s, turn=turn)


@asynccontextmanager
async def member(table: TaskTable, doing: Doing, engine: Engine) -> AsyncIterator[None]:
    """For the block other machines know this worker, and call it where it hears calls. Nothing where it is
    alone."""
    fleet = table.fleet
    if fleet is None:
        yield
        return
    await _register(fleet, doing.card)
    stop = threading.Event()
    if doing.hears:
        arguments = engine, doing.card.id, doing.worker.wake, stop
        threading.Thread(target=listen, args=arguments, name="worker-calls", daemon=True).start()
    beats = asyncio.create_task(_beat(fleet, doing.card.id, table.lease_ms / 1000 / _BEATS_PER_LEASE))
    try:
        yield
    finally:
        stop.set()
        beats.cancel()
        await asyncio.gather(beats, return_exceptions=True)
        try:
            await asyncio.to_thread(fleet.leave, doing.card.id)
        except StorageFailed as error:
            _log.warning("the end of this worker is not written: %s", error.log)


async def _register(fleet: Fleet, card: WorkerCard) -> None:
    """However long the database refuses: models that took minutes to load stay in memory."""
    while True:
        try:
            await asyncio.to_thread(fleet.register, card)
        except StorageFailed as error:
            _log.warning("this worker cannot join the others yet: %s", error.log)
            await asyncio.sleep(_AGAIN_S)
        else:
            return


async def _beat(fleet: Fleet, worker_id: str, interval_s: float) -> None:
    while True:
        await asyncio.sleep(interval_s)
        try:
            await asyncio.to_thread(fleet.beat, worker_id)
        except StorageFailed as error:
            _log.warning("heartbeat of this worker: %s", error.log)
