"""What keys used, by day. `usage.metering` writes it when a task has succeeded."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from cleanplate.database.tables import USAGE

_ROW = USAGE.c


@dataclass(frozen=True, slots=True)
class UsageDay:
    """What the successful tasks of one key used in one account on one day (UTC, YYYY-MM-DD)."""

    key_id: str
    account: str
    day: str
    tasks: int
    images: int
    compute_ms: int


@dataclass(frozen=True, slots=True)
class AccountDay:
    """What the successful tasks of all keys of one account used on one day (UTC, YYYY-MM-DD)."""

    day: str
    tasks: int
    images: int
    compute_ms: int


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """What the successful tasks of all keys of one account used in a time."""

    account: str
    tasks: int
    images: int
    compute_ms: int


def usage_of(connection: Connection, key_id: str | None, days: int, now_s: float) -> list[UsageDay]:
    """The last `days` days, today included, newest first; of all keys when none is named."""
    rows = select(_ROW.key_id, _ROW.account, _ROW.day, _ROW.tasks, _ROW.images, _ROW.compute_ms)
    rows = rows.where(_ROW.day >= _oldest_day(days, now_s))
    if key_id is not None:
        rows = rows.where(_ROW.key_id == key_id)
    in_order = rows.order_by(_ROW.day.desc(), _ROW.key_id, _ROW.account)
    return [UsageDay(*row) for row in connection.execute(in_order)]


def usage_of_account(connection: Connection, account: str, days: int, now_s: float) -> list[AccountDay]:
    """The last `days` days of one account, today included, newest first."""
    sums = func.sum(_ROW.tasks), func.sum(_ROW.images), func.sum(_ROW.compute_ms)
    mine = _ROW.account == account, _ROW.day >= _oldest_day(days, now_s)
    rows = select(_ROW.day, *sums).where(*mine).group_by(_ROW.day).order_by(_ROW.day.desc())
    # Postgres sums whole numbers to decimals
    return [AccountDay(day, *map(int, counts)) for day, *counts in connection.execute(rows)]


def totals(
    connection: Connection, days: int, now_s: float, *, page_no: int, page_size: int
) -> tuple[list[AccountTotal], int]:
    """Each account that used anything in the last `days` days, today included, those with most images first.

    Args:
        page_no: from 1 on.

    Returns:
        The page, and how many accounts there are in all.
    """
    images = func.sum(_ROW.images)
    sums = select(_ROW.account, func.sum(_ROW.tasks), images, func.sum(_ROW.compute_ms))
    sums = sums.where(_ROW.day >= _oldest_day(days, now_s)).group_by(_ROW.account)
    page = sums.order_by(images.desc(), _ROW.account).limit(page_size).offset((page_no - 1) * page_size)
    total = connection.execute(select(func.count()).select_from(sums.subquery())).scalar_one()
    return [AccountTotal(account, *map(int, counts)) for account, *counts in connection.execute(page)], total


def _oldest_day(days: int, now_s: float) -> str:
    return (datetime.fromtimestamp(now_s, UTC) - timedelta(days=days - 1)).strftime("%Y-%m-%d")
