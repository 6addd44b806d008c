"""A success as one statement, for databases that change several tables in one.

What else would be four messages to the server, each of which costs both ends as much as the change itself.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, String, TableClause, bindparam, insert, literal, select

from cleanplate.database import Upsert
from cleanplate.database.tables import DELIVERIES
from cleanplate.tasks.moves import SUCCESS
from cleanplate.usage.metering import add, use_of


@cache
def whole_success(new: Callable[[TableClause], Upsert]) -> Select[Any]:
    """`moves.SUCCESS`, the callback that is then due, and what its key has used; returns what that returns.

    Its parameters are those of `SUCCESS` and `metering.used`.

    Args:
        new: makes an INSERT of this kind of database: `upsert_of`.
    """
    ended = SUCCESS.cte("ended")
    task = bindparam("of_task", type_=String), literal(0, Integer), bindparam("now_ms", type_=BigInteger)
    called = select(*task, ended.c.account).where(ended.c.callback_url.is_not(None))
    due = insert(DELIVERIES).from_select(["task_id", "attempt", "next_at_ms", "account"], called)
    used = add(new, use_of(ended.c.key_id, ended.c.account))
    return select(*ended.c).add_cte(due.cte("due"), used.cte("used"))
