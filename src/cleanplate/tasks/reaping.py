"""Takes back the tasks of workers that died, again and again."""

import asyncio
import logging
from collections.abc import Callable, Collection

from cleanplate.errors import StorageFailed
from cleanplate.tasks.rounds import always
from cleanplate.tasks.store import TaskStore

LOG = logging.getLogger(__name__)
_EVERY_S = 10.0


def reap(store: TaskStore, spared: Collection[str] = (), *, owner: bool = False) -> int:
    """Take back once, and say so in the log; arguments and result as `TaskStore.reap` has them."""
    taken = store.reap(spared=spared, owner=owner)
    if taken:
        LOG.warning("%d tasks of dead workers taken back", taken, extra={"taken": taken})
    return taken


async def reap_forever(
    store: TaskStore,
    *,
    spared: Callable[[], Collection[str]],
    found: Callable[[], None],
    interval_s: float = _EVERY_S,
    turn: Callable[[], bool] = always,
) -> None:
    """Take back in a thread every `interval_s`, until cancelled.

    Args:
        turn: whether it is this process that does it now, asked each time in that thread: a look reads all
            tasks that run, so of thousands of processes not each should take it.
        spared: the ids of the tasks that this process is working on.
        found: called when something was taken back.
    """
    while True:
        await asyncio.sleep(interval_s)
        try:
            if await asyncio.to_thread(_reap_in_turn, store, spared(), turn):
                found()
        except StorageFailed as error:
            LOG.warning("reaping: %s", error.log)
        except Exception:
            LOG.exception("reaping failed")


def _reap_in_turn(store: TaskStore, spared: Collection[str], turn: Callable[[], bool]) -> int:
    return reap(store, spared) if turn() else 0
