"""What is true of a cluster's tasks after an attack, from its database, its files and its logs."""

import re
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.cluster import Cluster
from cleanplate.clock import unix_ms
from cleanplate.database import open_server_database
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.expiry import KINDS, sweep
from cleanplate.tasks.store import TaskStore

_OPEN: Final = "SELECT count(*) FROM tasks WHERE state IN ('queued', 'running')"
_ENDS: Final = "SELECT id, state, coalesce(results->0->>'key', ''), coalesce(failure->>'code', '') FROM tasks"
_USAGE: Final = "SELECT coalesce(sum(tasks), 0), coalesce(sum(images), 0) FROM usage"
_AGAIN: Final = "SELECT count(*) FROM tasks WHERE attempt > 1"
_ENDED: Final = re.compile(r"task ended .*\btask_id=(\S+).*\bstate=(\S+)")
_LOOK_S: Final = 1.0
_HOUR_MS: Final = 3600 * 1000
_DAY_MS: Final = 24 * _HOUR_MS


@dataclass(frozen=True, slots=True)
class Count:
    """All figures of the tasks.

    Attributes:
        states: how many tasks are in each.
        lost: ids that were accepted and have no row, or a row and no picture, or did not end well.
        more_rows: rows more than tasks were accepted.
        more_usage: tasks, and pictures, that are counted more than ended well.
        told_twice: tasks whose end was told twice.
        more_files: files of results more than tasks that ended well.
        without_row: tasks of which there are files and no row, two hours later.
        left: tasks that have files when all have expired.
        begun_again: tasks that were done by more than one worker, one after another.
    """

    states: Mapping[str, int]
    lost: tuple[str, ...]
    more_rows: int
    more_usage: int
    told_twice: int
    more_files: int
    without_row: int
    left: int
    begun_again: int


def wait_for_all(made: Cluster, longest_s: float) -> None:
    """Wait until every task has ended, at most so long."""
    end_s = time.monotonic() + longest_s
    while made.sql(_OPEN) != "0" and time.monotonic() < end_s:
        time.sleep(_LOOK_S)


def count(made: Cluster, objects: BlobStore, accepted: Collection[str]) -> Count:
    """Count all, then have all expire: nothing of the tasks is left afterwards."""
    rows = {line.split("|")[0]: line.split("|")[1:] for line in made.sql(_ENDS).splitlines()}
    well = [row for row in rows.values() if row[0] == "succeeded"]
    results = {key for key, _ in objects.blobs("results")}
    usage = [int(figure) for figure in made.sql(_USAGE).split("|")]
    ended = Counter(found[1] for member in made.members for found in _ENDED.finditer(member.log.read_text()))
    begun_again = int(made.sql(_AGAIN))
    lost = (why_lost(task_id, rows.get(task_id), results) for task_id in accepted)
    return Count(
        Counter(row[0] for row in rows.values()),
        tuple(filter(None, lost)),
        more_rows=len(rows) - len(set(accepted)),
        more_usage=max(abs(figure - len(well)) for figure in usage),
        told_twice=sum(often > 1 for often in ended.values()),
        more_files=len(results) - len(well),
        without_row=_swept(made, objects, 2 * _HOUR_MS, set(rows)),
        left=_swept(made, objects, 2 * _DAY_MS, set()),
        begun_again=begun_again,
    )


def why_lost(task_id: str, row: list[str] | None, results: Collection[str]) -> str:
    """Why a task that was accepted is lost; "" where it is not.

    Args:
        row: its state, the key of its first result, the code of its failure.
        results: the keys of all results.
    """
    if row is None:
        return f"{task_id}: no row"
    state, key, code = row
    if state != "succeeded":
        return f"{task_id}: {state} {code}"
    return "" if key in results else f"{task_id}: no picture"


def _swept(made: Cluster, objects: BlobStore, later_ms: int, known: Collection[str]) -> int:
    """Sweep as a server does it, so much later; the groups of files that are there for none of the known."""
    engine = open_server_database(made.url)
    try:
        sweep(TaskStore(engine), objects, unix_ms() + later_ms)
    finally:
        engine.dispose()
    return len({group.name for kind in KINDS for group in objects.groups(kind)} - set(known))
