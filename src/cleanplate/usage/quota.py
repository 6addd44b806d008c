"""How much of its limits a key has used, counted inside the transaction that adds a task."""

from sqlalchemy import Connection, func, select

from cleanplate.database.tables import OPEN_STATES, TASKS, USAGE
from cleanplate.errors import LimitKind, LimitReached
from cleanplate.key_limits import Limits

_ROW = TASKS.c


def limit_reached(kind: LimitKind) -> LimitReached:
    """The refusal of a task that would be one too many."""
    match kind:
        case "rate":
            return LimitReached("too many requests in a second", kind=kind, retry_after_s=1)
        case "concurrency":
            return LimitReached("too many unfinished tasks of this key", kind=kind, retry_after_s=2)
        case "quota":
            return LimitReached("the quota of images of this key is used up", kind=kind, retry_after_s=3600)


def check(connection: Connection, key_id: str, limits: Limits) -> None:
    """Make sure that this key is not over its limits.

    The pictures of unfinished tasks count as if they all succeeded: the quota is never exceeded.

    Raises:
        LimitReached: too many unfinished tasks, or too many pictures.
    """
    if limits.concurrent is not None and open_tasks(connection, key_id) > limits.concurrent:
        raise limit_reached("concurrency")
    if limits.images is not None and _images_taken(connection, key_id) > limits.images:
        raise limit_reached("quota")


def open_tasks(connection: Connection, key_id: str) -> int:
    """How many tasks of this key are queued or running."""
    mine = _ROW.key_id == key_id, _ROW.state.in_(OPEN_STATES)
    return int(connection.execute(select(func.count()).select_from(TASKS).where(*mine)).scalar_one())


def _images_taken(connection: Connection, key_id: str) -> int:
    """The pictures that a key has got, and those that it may still get from its unfinished tasks."""
    got = select(func.coalesce(func.sum(USAGE.c.images), 0)).where(USAGE.c.key_id == key_id)
    coming = select(func.coalesce(func.sum(_ROW["count"]), 0)).where(
        _ROW.key_id == key_id, _ROW.state.in_(OPEN_STATES)
    )
    return int(connection.execute(got).scalar_one() + connection.execute(coming).scalar_one())
