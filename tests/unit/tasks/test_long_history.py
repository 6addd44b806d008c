"""A task costs Postgres as much after a thousand others as the first did."""

from collections.abc import Callable
from typing import Final

from tests.new_tasks import claim, new_task
from tests.postgres import PostgresServer

from cleanplate.clock import unix_ms
from cleanplate.database import open_server_database
from cleanplate.key_limits import Limits
from cleanplate.tasks.store import TaskStore

_BEFORE: Final = 1500
_TASKS: Final = 10
_ENTRIES: Final = "SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes WHERE relname = 'tasks'"
_SESSIONS: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
_MORE: Final = """
    INSERT INTO tasks SELECT (jsonb_populate_record(tasks, jsonb_build_object('id', gen_random_uuid()))).*
    FROM tasks, generate_series(1, {each}) WHERE state = 'succeeded'
"""


def _life(store: TaskStore) -> None:
    """What every task asks of the table, from its submit to its end, with one poll while it is in line."""
    task = store.insert_within(new_task(unix_ms()), Limits())
    store.ahead_of(task.id)
    store.waiting({"general"})
    store.succeed(claim(store, task.id), [], 5)
    store.reap()


def test_what_has_ended_is_not_read_again(
    postgres: PostgresServer, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    """Statements are planned once, while there are few rows: what is planned then has to do for many."""
    url = postgres.migrated_database()
    name = url.rpartition("/")[2]
    engine = open_server_database(url, connections=1)
    store = TaskStore(engine)
    for _ in range(_TASKS):
        _life(store)
    postgres.sql(_MORE.format(each=_BEFORE // _TASKS), name)
    before = int(postgres.sql(_ENTRIES, name))
    for _ in range(_TASKS):
        _life(store)
    engine.dispose()  # a session that ends tells what it has read
    wait_for(lambda: postgres.sql(_SESSIONS, name) == "0")
    read = int(postgres.sql(_ENTRIES, name)) - before
    assert read < _TASKS * _BEFORE / 5, f"{read / _TASKS:.0f} entries of indexes for a task"
