"""Days, newest first; what `usage.metering` counted comes out here."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert

from cleanplate.access import Access, UsageDay
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
