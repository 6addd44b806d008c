"""Days, newest first; what `usage.metering` counted comes out here."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert

from cleanplate.access import Access, AccountDay, AccountTotal, UsageDay
from cleanplate.database import transaction
from cleanplate.database.tables import USAGE


def day(ago: int) -> str:
    return (datetime.fromtimestamp(time.time(), UTC) - timedelta(days=ago)).strftime("%Y-%m-%d")


def test_usage_is_by_day_and_key(engine: Engine) -> None:
    access = Access(engine, [])
    rows = [
        UsageDay(key, f"of {key}", day(ago), 1 + ago, 2 + ago, 3 + ago)
        for ago in (0, 1, 29, 30)
        for key in ("a", "b")
    ]
    with transaction(engine) as connection:
        names = ("key_id", "account", "day", "tasks", "images", "compute_ms")
        connection.execute(insert(USAGE), [{name: getattr(row, name) for name in names} for row in rows])
    assert access.usage() == rows[:6]
    assert access.usage("b", days=2) == [rows[1], rows[3]]
    assert access.usage("a", days=36500) == rows[::2]
    assert access.usage("nobody") == []


def test_the_usage_of_an_account_is_that_of_its_keys(engine: Engine) -> None:
    rows = [
        {"key_id": key_id, "account": account, "day": day(ago), "tasks": 1, "images": 2, "compute_ms": 3}
        for key_id, account in (("a", "shop"), ("b", "shop"), ("a", "a"), ("shop", "else"))
        for ago in (0, 30)
    ]
    with transaction(engine) as connection:
        connection.execute(insert(USAGE), rows)
    access = Access(engine)
    assert access.usage_of_account("shop") == [AccountDay(day(0), 2, 4, 6)]
    assert access.usage_of_account("a", days=31) == [AccountDay(day(ago), 1, 2, 3) for ago in (0, 30)]
    assert access.usage_of_account("b") == []


def test_the_sums_of_all_accounts_come_in_pages(engine: Engine) -> None:
    rows = [
        {"key_id": key_id, "account": account, "day": day(ago), "tasks": 1, "images": images, "compute_ms": 3}
        for key_id, account, images in (("a", "shop", 2), ("b", "shop", 2), ("c", "c", 9), ("d", "d", 1))
        for ago in (0, 1, 30)
    ]
    with transaction(engine) as connection:
        connection.execute(insert(USAGE), rows)
    access = Access(engine)
    first = access.totals(days=30, page_no=1, page_size=2)
    assert first == ([AccountTotal("c", 2, 18, 6), AccountTotal("shop", 4, 8, 12)], 3)
    assert access.totals(days=30, page_no=2, page_size=2) == ([AccountTotal("d", 2, 2, 6)], 3)
    assert access.totals(days=31, page_no=2, page_size=1) == ([AccountTotal("shop", 6, 12, 18)], 3)
    assert access.totals(days=1, page_no=3, page_size=2) == ([], 3)
