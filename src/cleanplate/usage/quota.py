"""How much of its limits a key has used, counted inside the transaction that adds a task."""

from typing import Final

from sqlalchemy import Connection, func, select

from cleanplate.database.tables import OPEN_STATES, TASKS, USAGE
from cleanplate.errors import LimitKind, LimitReached
from cleanplate.key_limits import Allowance, Limits, Told, ignore

_ROW = TASKS.c
_CONCURRENCY_RETRY_S: Final = 2
_QUOTA_RETRY_S: Final = 3600
"""Somebody has to raise it."""


def limit_reached(kind: LimitKind) -> LimitReached:
    """The refusal of a task that would be one too many."""
    match kind:
        case "rate":
            return LimitReached("too many requests in a second", kind=kind, retry_after_s=1)
        case "concurrency":
            text = "too many unfinished tasks of this key"
            return LimitReached(text, kind=kind, retry_after_s=_CONCURRENCY_RETRY_S)
        case "quota":
            text = "the quota of images of this key is used up"
            return LimitReached(text, kind=kind, retry_after_s=_QUOTA_RETRY_S)
        case "queue":
            return queue_full(1)


def queue_full(retry_after_s: int) -> LimitReached:
    """The refusal of a task that would wait too long."""
    text = "the server has more work than it can do in time"
    return LimitReached(text, kind="queue", retry_after_s=retry_after_s)


def check(connection: Connection, key_id: str, images: int, limits: Limits, told: Told = ignore) -> None:
    """Make sure that one task more does not take this key over its limits.

    The pictures of unfinished tasks count as if they all succeeded: the quota is never exceeded.

    Args:
        images: how many the task may make.
        told: given what is then left of each.

    Raises:
        LimitReached: too many unfinished tasks, or too many pictures.
    """
    if limits.concurrent is not None:
        used = 1 + open_tasks(connection, key_id)
        _check_one("concurrency", used, limits.concurrent, _CONCURRENCY_RETRY_S, told)
    if limits.images is not None:
        used = images + _images_taken(connection, key_id)
        _check_one("quota", used, limits.images, _QUOTA_RETRY_S, told)


def _check_one(kind: LimitKind, used: int, most: int, retry_s: int, told: Told) -> None:
    told(Allowance(kind, most, max(most - used, 0), retry_s))
    if used > most:
        raise limit_reached(kind)


def open_tasks(connection: Connection, key_id: str) -> int:
    """How many tasks of this key are queued or running."""
    mine = _ROW.key_id == key_id, _ROW.state.in_(OPEN_STATES)
    return int(connection.execute(select(func.count()).select_from(TASKS).where(*mine)).scalar_one())


def _images_taken(connection: Connection, key_id: str) -> int:
    """The pictures that a key has got, and those that it may still get from its unfinished tasks.

    In one statement, which sees one moment: between two, a task that ends would count in neither.
    """
    got = select(func.coalesce(func.sum(USAGE.c.images), 0)).where(USAGE.c.key_id == key_id)
    coming = select(func.coalesce(func.sum(_ROW["count"]), 0)).where(
        _ROW.key_id == key_id, _ROW.state.in_(OPEN_STATES)
    )
    both = select(got.scalar_subquery() + coming.scalar_subquery())
    return int(connection.execute(both).scalar_one())
