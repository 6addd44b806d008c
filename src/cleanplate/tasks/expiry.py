"""Removes tasks whose time is over, their files, and files that no task owns."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from cleanplate.clock import unix_ms
from cleanplate.errors import StorageFailed
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.rounds import always
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import is_task_id

LOG = logging.getLogger(__name__)
KINDS = ("inputs", "results")
SWEEP_S: Final = 600.0
_BATCH = 500
_AT_ONCE = 8
_ORPHAN_S = 3600.0
"""Inputs are written before their row: younger groups may be a submission on its way."""


def sweep(store: TaskStore, objects: BlobStore, now_ms: int) -> int:
    """Remove every expired task with its files, then files older than an hour without a task.

    Returns:
        How many tasks were removed. One whose files cannot be removed stays for the next sweep.

    Raises:
        StorageFailed: the database refused.
    """
    removed = 0
    while ids := store.expired(now_ms, _BATCH):
        # Rows go last: a crash in between leaves them to the next sweep.
        gone = _drop_all(objects, ids)
        store.delete(gone)
        removed += len(gone)
        if len(gone) < len(ids):
            break
    _drop_orphans(store, objects, now_ms / 1000 - _ORPHAN_S)
    return removed


async def sweep_forever(
    store: TaskStore,
    objects: BlobStore,
    *,
    also: Sequence[Callable[[int], int]] = (),
    interval_s: float = SWEEP_S,
    clock_ms: Callable[[], int] = unix_ms,
    turn: Callable[[], bool] = always,
) -> None:
    """Sweep in a thread, now and every `interval_s`, until cancelled.

    Args:
        turn: whether it is this process that sweeps now: one of all that share a store is enough.
        also: further things that grow old: given the time in Unix milliseconds, each returns how many went.
    """
    while True:
        try:
            if await asyncio.to_thread(turn):
                removed = await asyncio.to_thread(sweep, store, objects, clock_ms())
                if removed:
                    LOG.info("%d expired tasks removed", removed, extra={"removed": removed})
                for other in also:
                    await asyncio.to_thread(other, clock_ms())
        except StorageFailed as error:
            LOG.warning("expiry: %s", error.log)
        except Exception:
            LOG.exception("expiry failed")
        await asyncio.sleep(interval_s)


def _drop_all(objects: BlobStore, ids: Sequence[str]) -> list[str]:
    """Several at a time, since each waits for the store; those whose files are gone."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        dropped = pool.map(partial(_drop, objects), ids)
        return [task_id for task_id, gone in zip(ids, dropped, strict=True) if gone]


def _drop(objects: BlobStore, task_id: str) -> bool:
    try:
        for kind in KINDS:
            objects.delete_group(f"{kind}/{task_id}")
    except StorageFailed as error:
        LOG.warning("task %s: %s", task_id, error.log, extra={"task_id": task_id})
        return False
    return True


def _drop_orphans(store: TaskStore, objects: BlobStore, before_s: float) -> None:
    old = {
        group.name
        for kind in KINDS
        for group in objects.groups(kind)
        if group.modified_s < before_s and is_task_id(group.name)
    }
    _drop_all(objects, sorted(old - store.known(old)))
